"""Searching for inputs whose true error comes as near to a layer's bound as can be.

What is searched for is the largest ratio of the distance between a pass and the reference to the
bound that the layer claims for it. A bound holds if no ratio is above 1; a search is worth
something if it finds ratios near 1, so that a bound made smaller does not survive it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import torch

from fedjury.oracle.evaluation.fast import arithmetic as arithmetic_module
from fedjury.oracle.evaluation.fast.approximation import Approximation
from fedjury.oracle.evaluation.fast.arithmetic import Arithmetic
from fedjury.oracle.evaluation.fast.layers import Layer
from fedjury.oracle.evaluation.fast.settings import plain_products
from fedjury.oracle.evaluation.fast.weights import PassWeights
from fedjury.oracle.evaluation.reference.mode import ReferenceMode
from fedjury.oracle.evaluation.reference.settings import reference_settings
from fedjury.protocol.tensors import Tensors

Exact = Callable[..., torch.Tensor]

# Inputs that are tried at once, how many of them go on, and how often.
_POPULATION, _PARENTS, _GENERATIONS = 24, 4, 5
_POWER_STEPS = 6
# More than what is lost where errors are measured in float64.
_SURELY = 1 + 2.0**-40


@dataclass(frozen=True)
class Subject:
    """A layer with weights, and what it should compute.

    Attributes:
        layer: under test.
        weights: float32.
        exact: the layer as a function of its inputs and the weights, both float64.
        arithmetic: of the pass.
    """

    layer: Layer
    weights: Tensors
    exact: Callable[..., torch.Tensor]
    arithmetic: Arithmetic

    def reference(self, *inputs: torch.Tensor) -> torch.Tensor:
        """What the reference finds for float64 inputs."""
        wide = {name: tensor.double() for name, tensor in self.weights.items()}
        with reference_settings(), ReferenceMode():
            return self.exact(*inputs, wide)

    def plainly(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Nearly the same, by torch itself, so that it has derivatives."""
        wide = {name: tensor.double() for name, tensor in self.weights.items()}
        return self.exact(*inputs, wide)

    def ratios(self, true: Sequence[torch.Tensor], passed: Sequence[torch.Tensor]) -> torch.Tensor:
        """For each sample the larger of error and apart, each relative to its bound: (n,).

        Args:
            true: inputs that the reference has, float64 (n, ...).
            passed: inputs that the pass has.
        """
        given = [approximation(each, values) for each, values in zip(true, passed, strict=True)]
        with torch.no_grad(), plain_products():
            found = self.layer.apply(given, PassWeights.of(self.weights), self.arithmetic)
        return ratios(found, self.reference(*true))


def approximation(true: torch.Tensor, passed: torch.Tensor) -> Approximation:
    """Values of a pass with what they are really off by."""
    off = (passed.double() - true).flatten(1)
    return Approximation(passed, lambda: off.norm(dim=1) * _SURELY, lambda: spread(off) * _SURELY)


def spread(off: torch.Tensor) -> torch.Tensor:
    """The largest difference of two entries of each row."""
    return off.amax(dim=1) - off.amin(dim=1)


def ratios(found: Approximation, exact: torch.Tensor) -> torch.Tensor:
    """For each sample the larger of error and apart, each relative to its bound: (n,).

    Raises:
        ValueError: nothing is claimed, so that there is nothing to test.
    """
    off = (found.values.double() - exact).flatten(1)
    distances = torch.stack([off.norm(dim=1), spread(off)])
    bounds = torch.stack([found.error, found.apart])
    if not bounds.isfinite().all():
        raise ValueError("a bound is infinite")
    return torch.where(distances == 0, 0.0, distances / bounds).amax(dim=0)


def largest_ratio(subject: Subject, inputs: Sequence[torch.Tensor], share: float = 0.0) -> float:
    """The largest ratio that is found from some inputs on, by random changes of the worst ones.

    Args:
        subject: under test.
        inputs: one for each input of the layer, float32 (n, ...).
        share: how far off a pass's inputs are, relative to their norm, in the direction that the
            layer lengthens most (found by its derivative). Without, they are right, and what is
            searched for is the layer's own rounding.
    """
    generator = torch.Generator().manual_seed(5)
    true = [each.double() for each in inputs]
    passed = _steepest(subject, true, share, generator) if share else true
    return _climb(subject, true, [each.to(subject.arithmetic.dtype) for each in passed], generator)


def _steepest(
    subject: Subject, true: Sequence[torch.Tensor], share: float, generator: torch.Generator
) -> list[torch.Tensor]:
    """Inputs of a pass whose errors the layer lengthens most: by powers of its derivative."""
    inputs = [each.clone().requires_grad_() for each in true]
    errors = [share * _lengths(each) * _unit(_like(each, generator)) for each in true]
    for _ in range(_POWER_STEPS):
        results = subject.plainly(*inputs)
        passed = [each + error for each, error in zip(true, errors, strict=True)]
        lengthened = subject.plainly(*passed) - results.detach()
        back = torch.autograd.grad(results, inputs, lengthened, materialize_grads=True)
        errors = [share * _lengths(a) * _unit(b) for a, b in zip(true, back, strict=True)]
    return [each + error for each, error in zip(true, errors, strict=True)]


def _climb(
    subject: Subject,
    true: Sequence[torch.Tensor],
    passed: Sequence[torch.Tensor],
    generator: torch.Generator,
) -> float:
    """The largest ratio of some inputs and of their descendants."""
    errors = [values.double() - each for each, values in zip(true, passed, strict=True)]
    now, found = list(passed), subject.ratios(true, passed)
    for _ in range(_GENERATIONS):
        best = found.argsort(descending=True)[:_PARENTS]
        chosen = best[torch.arange(_POPULATION) % len(best)]
        errors = [each[chosen] for each in errors]
        now = [_changed(each[chosen], generator, keep=len(best)) for each in now]
        origins = [each.double() - error for each, error in zip(now, errors, strict=True)]
        found = subject.ratios(origins, now)
    return float(found.max())


def _changed(values: torch.Tensor, generator: torch.Generator, keep: int) -> torch.Tensor:
    """Values of which some get other signs, powers of two, or last bits; the first ones stay."""

    def drawn() -> torch.Tensor:
        return torch.rand(values.shape, generator=generator, dtype=values.dtype)

    shares = torch.rand(len(values), generator=generator).reshape(-1, *[1] * (values.dim() - 1))
    rare = drawn() < shares**3
    last = 1 + torch.round(drawn() * 6 - 3) * torch.finfo(values.dtype).eps
    powers = torch.exp2(torch.round(drawn() * 2 - 1))
    signs = torch.where(drawn() < 0.9, 1.0, -1.0).to(values.dtype)
    changes = torch.where(shares < 0.5, last, powers * signs)
    result = torch.where(rare, values * changes, values)
    result[:keep] = values[:keep]
    return result


def _like(values: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    return torch.randn(values.shape, generator=generator, dtype=torch.float64)


def _lengths(values: torch.Tensor) -> torch.Tensor:
    lengths: torch.Tensor = torch.linalg.vector_norm(values.flatten(1), dim=1)
    return lengths.reshape(-1, *[1] * (values.dim() - 1))


def _unit(values: torch.Tensor) -> torch.Tensor:
    return values / _lengths(values).clamp(min=1e-300)


@contextmanager
def one_after_the_other() -> Iterator[None]:
    """Let a pass's library add products one after the other, none fused: the worst it may do."""

    class Torch:
        matmul = staticmethod(_in_order)

        def __getattr__(self, name: str) -> Any:
            return getattr(torch, name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arithmetic_module, "torch", Torch())
        yield


def _in_order(
    x: torch.Tensor, matrix: torch.Tensor, out: torch.Tensor | None = None
) -> torch.Tensor:
    total = x[..., :, :1] * matrix[..., :1, :]
    for place in range(1, x.shape[-1]):
        total += x[..., :, place : place + 1] * matrix[..., place : place + 1, :]
    return total if out is None else out.copy_(total)
