"""Each layer's bound against the largest error that a search finds; too small a bound is found."""

import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

import pytest
import torch

from fedjury.oracle.evaluation.fast import (
    convolution,
    elementwise,
    layers,
    linear,
    normalization,
    pooling,
)
from fedjury.oracle.evaluation.fast.approximation import Approximation
from fedjury.oracle.evaluation.fast.arithmetic import FLOAT32, FLOAT64, Arithmetic
from fedjury.oracle.evaluation.fast.layers import Size
from fedjury.oracle.evaluation.fast.weights import PassWeights
from tests.support.bound_search import largest_ratio, one_after_the_other
from tests.support.bound_subjects import KINDS

Bound = Callable[[], torch.Tensor]

LAYERS = (convolution, elementwise, linear, normalization, pooling)
# How far off an input is, relative to its norm; 0 leaves a layer's own rounding.
SHARES = (0.0, 2.0**-3)


def check(kind: str, arithmetic: Arithmetic) -> None:
    """No error that a search finds is above the layer's bound."""
    libraries: list[Callable[[], AbstractContextManager[None]]] = [nullcontext]
    if kind.startswith(("linear", "convolution")):
        libraries.append(one_after_the_other)
    for library in libraries:
        for share in SHARES:
            with library():
                for subject, inputs in KINDS[kind](arithmetic):
                    assert largest_ratio(subject, inputs, share) <= 1


@pytest.mark.parametrize("arithmetic", [FLOAT32, FLOAT64], ids=["float32", "float64"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_error_is_above_the_bound(kind: str, arithmetic: Arithmetic) -> None:
    check(kind, arithmetic)


class _Halved:
    """An approximation that claims to be twice as near."""

    def __call__(self, values: torch.Tensor, error: Bound, apart: Bound) -> Approximation:
        return Approximation(values, lambda: error() / 2, lambda: apart() / 2)

    def within(self, values: torch.Tensor, error: torch.Tensor) -> Approximation:
        return Approximation.within(values, error / 2)


def _halved(found: Approximation, values: torch.Tensor) -> Approximation:
    return Approximation(values, lambda: found.error / 2, lambda: found.apart / 2)


@pytest.mark.parametrize("kind", KINDS)
def test_half_of_a_bound_is_too_small(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in LAYERS:
        monkeypatch.setattr(module, "Approximation", _Halved(), raising=False)
    monkeypatch.setattr(Approximation, "reshaped", _halved)
    with pytest.raises(AssertionError):
        check(kind, FLOAT32)


ROUNDING = [
    kind
    for kind in KINDS
    if not kind.startswith(("relu", "hardtanh", "largest", "reshape", "permute"))
]


@pytest.mark.parametrize("kind", ROUNDING)
def test_a_bound_without_rounding_is_too_small(kind: str) -> None:
    with pytest.raises(AssertionError):
        check(kind, replace(FLOAT32, unit=0.0))


def _half(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *given: function(*given) / 2


def _of_norms_alone(gain: float, matrix: float, bias: float, reference: float) -> Size:
    """As if the reference cut each window by itself."""
    return Size(gain, matrix, bias, matrix)


# What is made too small: where it is, its name, what stands in its place, and what notices.
MUTATIONS = {
    "rounding of products": (Arithmetic, "gamma", _half(Arithmetic.gamma), "linear, one block"),
    "rounding of short blocks": (
        Arithmetic,
        "gamma",
        _half(Arithmetic.gamma),
        "linear, short blocks",
    ),
    "rounding of long blocks": (
        Arithmetic,
        "gamma",
        _half(Arithmetic.gamma),
        "linear, long blocks",
    ),
    "rounding of windows": (
        Arithmetic,
        "gamma",
        _half(Arithmetic.gamma),
        "convolution in 2d, windows apart",
    ),
    "rounding within a block": (
        Arithmetic,
        "roundings",
        lambda self, terms: -(-terms // self.block(terms)),
        "linear, long blocks",
    ),
    "rounding of the bias": (PassWeights, "length", lambda self, name: 0.0, "linear, one output"),
    "rounding of the largest bias": (
        PassWeights,
        "largest",
        lambda self, name: 0.0,
        "linear, few outputs",
    ),
    "rounding of the convolution's bias": (
        PassWeights,
        "length",
        lambda self, name: 0.0,
        "convolution in 2d",
    ),
    "all rows' norm": (
        PassWeights,
        "frobenius",
        _half(PassWeights.frobenius),
        "linear, one output",
    ),
    "the longest row": (
        PassWeights,
        "longest_row",
        _half(PassWeights.longest_row),
        "linear, one block",
    ),
    "all filters' norm": (
        PassWeights,
        "frobenius",
        _half(PassWeights.frobenius),
        "convolution in 1d",
    ),
    "how far a matrix lengthens": (
        PassWeights,
        "operator",
        _half(PassWeights.operator),
        "linear, one output",
    ),
    "how far filters lengthen": (
        PassWeights,
        "operator",
        _half(PassWeights.operator),
        "convolution in 2d, windows apart",
    ),
    "two of few outputs": (PassWeights, "apart", _half(PassWeights.apart), "linear, few outputs"),
    "two of many outputs": (PassWeights, "apart", _half(PassWeights.apart), "linear, one block"),
    "two outputs of anything": (
        Approximation,
        "within",
        classmethod(lambda cls, values, error: cls(values, lambda: error, lambda: error)),
        "relu",
    ),
    "overlap of filters": (convolution, "overlap", lambda *given: 1, "convolution in 2d"),
    "overlap of filters in 3d": (convolution, "overlap", lambda *given: 1, "convolution in 3d"),
    "overlap of strided filters": (
        convolution,
        "overlap",
        lambda *given: 1,
        "convolution, depthwise and strided",
    ),
    "overlap of windows": (pooling, "overlap", lambda *given: 1, "largest, windows that overlap"),
    "overlap of dilated windows": (
        pooling,
        "overlap",
        lambda kernel, stride, dilation: math.prod(
            -(-size // step) for size, step in zip(kernel, stride, strict=True)
        ),
        "largest, dilated and hanging over",
    ),
    "overlap of means": (pooling, "overlap", lambda *given: 1, "average, windows that overlap"),
    "what is too small for float32": (layers, "UNDERFLOW", 0.0, "linear, one block"),
    "the reference's own products": (
        layers,
        "relative_error",
        lambda k: 0.0,
        "linear, short blocks",
    ),
    "the reference's own filters": (layers, "relative_error", lambda k: 0.0, "convolution in 2d"),
    "the reference's largest entries": (
        convolution,
        "Size",
        _of_norms_alone,
        "convolution of one channel",
    ),
    "the reference's own means": (pooling, "REFERENCE_ROUNDING", 2.0**-54, "mean"),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_bound_with_too_small_a_part_is_too_small(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, attribute, instead, kind = MUTATIONS[name]
    monkeypatch.setattr(owner, attribute, instead)
    with pytest.raises(AssertionError):
        check(kind, FLOAT64 if "reference" in name else FLOAT32)


def test_half_of_the_rounding_of_a_sum_is_too_small() -> None:
    with pytest.raises(AssertionError):
        check("sum", replace(FLOAT32, unit=FLOAT32.unit / 2))
