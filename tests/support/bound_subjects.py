"""Layers with weights and inputs that lose as much as can be: from which searches start.

What makes rounding add up is that every addition rounds to the same side. Where 2^-24 is added to 1
again and again, in float32 each is lost whole, and by Cauchy and Schwarz no bound that looks at
norms alone can be much smaller than that: the products of (1, 2^-12, 2^-12, ...) with itself.
"""

import math
from collections.abc import Callable

import torch
from torch.nn import functional

from fedjury.oracle.evaluation.fast.arithmetic import Arithmetic
from fedjury.oracle.evaluation.fast.convolution import Convolution
from fedjury.oracle.evaluation.fast.elementwise import Clamp, LeakyReLU, Permute, Reshape, Sum
from fedjury.oracle.evaluation.fast.layers import Layer
from fedjury.oracle.evaluation.fast.linear import Linear
from fedjury.oracle.evaluation.fast.normalization import BatchNorm
from fedjury.oracle.evaluation.fast.pooling import AveragePool, MaxPool, Mean
from fedjury.oracle.evaluation.reference.products import slice_bits
from fedjury.protocol.tensors import Tensors
from tests.support.bound_search import Subject

Start = tuple[Subject, list[torch.Tensor]]
_SAMPLES = 32


def _generator() -> torch.Generator:
    return torch.Generator().manual_seed(11)


def _random(*shape: int, spread: float = 0.0) -> torch.Tensor:
    """Normal numbers, times powers of two of so many binary orders."""
    generator = _generator()
    values = torch.randn(shape, generator=generator)
    return values * torch.exp2(spread * torch.rand(shape, generator=generator)).round()


def sinking(terms: int, arithmetic: Arithmetic) -> torch.Tensor:
    """(1, e, e, ...) where e² is what 1 loses: half a unit in its last place.

    Behind the first block of terms there is one e in each block, since the sum of more would not
    be lost.
    """
    lost = 2.0 ** (math.log2(torch.finfo(arithmetic.dtype).eps / 2) // 2)
    block = arithmetic.block(terms)
    vector = torch.zeros(terms)
    vector[:block] = lost
    vector[block::block] = lost
    vector[0] = 1.0
    return vector


def cut_off(terms: int, bits: int) -> torch.Tensor:
    """1, and numbers just too small for 2^-bits to be seen beside it."""
    vector = torch.full((terms,), 2.0**-bits * (1 - 2.0**-20))
    vector[0] = 1.0
    return vector


def rows(vector: torch.Tensor, count: int) -> torch.Tensor:
    """A vector and its negative, alternating."""
    signs = torch.tensor([1.0, -1.0]).repeat(count)[:count, None]
    return vector.flatten()[None] * signs


def _linear(terms: int, outputs: int) -> Callable[[Arithmetic], list[Start]]:
    def starts(arithmetic: Arithmetic) -> list[Start]:
        layer = Linear("w", "b")
        bias = torch.zeros(outputs)
        lost = sinking(terms, arithmetic)
        cut = cut_off(terms, slice_bits(terms))
        given = [
            (rows(lost, outputs), bias, lost),
            (rows(cut, outputs), bias, cut),
            (rows(torch.ones(terms), outputs), bias, torch.ones(terms)),
            (_random(outputs, terms), _random(outputs), _random(_SAMPLES, terms)),
            (_random(outputs, terms, spread=30), bias, _random(_SAMPLES, terms, spread=30)),
            # only the bias, of which each output takes a half of a last place
            (
                rows(torch.full((terms,), 2.0**-24 / terms), outputs),
                1 + 2.0**-23 * (1 - torch.arange(outputs) % 2),
                torch.ones(terms),
            ),
            # products between zero and the smallest number that there is
            (
                torch.full((outputs, terms), 2.0**-92),
                bias,
                torch.full((terms,), 0.99 * 2.0**-58),
            ),
        ]
        return [
            (
                Subject(layer, {"w": w, "b": b}, _exact_linear, arithmetic),
                [x.expand(_SAMPLES, terms).clone()],
            )
            for w, b, x in given
        ]

    return starts


def _exact_linear(x: torch.Tensor, weights: Tensors) -> torch.Tensor:
    return functional.linear(x, weights["w"], weights["b"])


_CONVOLUTIONS = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}


def _convolution(
    channels: int,
    outputs: int,
    space: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
    groups: int = 1,
) -> Callable[[Arithmetic], list[Start]]:
    dims = len(space)

    def exact(x: torch.Tensor, weights: Tensors) -> torch.Tensor:
        convolve = _CONVOLUTIONS[dims]
        return convolve(x, weights["w"], weights["b"], stride, padding, dilation, groups)

    def starts(arithmetic: Arithmetic) -> list[Start]:
        each = ((stride,) * dims, (padding,) * dims, (dilation,) * dims)
        layer = Convolution("w", "b", *each, groups)
        shape = (outputs, channels // groups, *kernel)
        terms = math.prod(shape[1:])
        window, image = sinking(terms, arithmetic), torch.ones(channels, *space)
        patches = sinking(terms, arithmetic).reshape(shape[1:])
        patches = patches.repeat(groups, *[-(-a // b) for a, b in zip(space, kernel, strict=True)])
        for place, size in enumerate(space):
            patches = patches.narrow(1 + place, 0, size)
        one_large = cut_off(image.numel(), 2 * slice_bits(terms)).reshape(image.shape)
        given = [
            (rows(window, outputs), torch.zeros(outputs), patches),
            (rows(torch.ones(terms), outputs), torch.zeros(outputs), image),
            (rows(torch.ones(terms), outputs), torch.zeros(outputs), one_large),
            (_random(outputs, terms), _random(outputs), _random(_SAMPLES, channels, *space)),
            (
                _random(outputs, terms, spread=30),
                torch.zeros(outputs),
                _random(_SAMPLES, channels, *space, spread=30),
            ),
            (rows(torch.full((terms,), 2.0**-26), outputs), torch.ones(outputs), image),
        ]
        return [
            (
                Subject(layer, {"w": w.reshape(shape), "b": b}, exact, arithmetic),
                [x.expand(_SAMPLES, channels, *space).clone()],
            )
            for w, b, x in given
        ]

    return starts


def _batch_norm(arithmetic: Arithmetic) -> list[Start]:
    def exact(x: torch.Tensor, weights: Tensors) -> torch.Tensor:
        return functional.batch_norm(
            x, weights["m"], weights["v"], weights["w"], weights["b"], False, 0.0, 1e-5
        )

    channels, found = 6, list[Start]()
    for scale in (1.0, 2.0**20, 2.0**-20):
        weights = {
            "w": _random(channels) * scale,
            "b": _random(channels),
            "m": _random(channels, spread=8),
            "v": _random(channels).abs() / scale,
        }
        subject = Subject(BatchNorm("w", "b", "m", "v", 1e-5), weights, exact, arithmetic)
        found.append((subject, [_random(_SAMPLES, channels, 5) * scale]))
    one = dict.fromkeys("wbmv", torch.ones(1))
    one |= {"w": torch.full((1,), 1.0 + 2.0**-12), "b": torch.zeros(1), "m": torch.zeros(1)}
    subject = Subject(BatchNorm("w", "b", "m", "v", 1e-5), one, exact, arithmetic)
    found.append((subject, [_random(_SAMPLES, 1, 2)]))
    return found


def _without_weights(
    layer: Layer, exact: Callable[..., torch.Tensor], shape: tuple[int, ...], inputs: int = 1
) -> Callable[[Arithmetic], list[Start]]:
    """A layer that is the same whatever the model is."""

    def starts(arithmetic: Arithmetic) -> list[Start]:
        subject = Subject(layer, {}, lambda *given: exact(*given[:-1]), arithmetic)
        entries = math.prod(shape[-2:])
        one_large = cut_off(math.prod(shape), 53 - math.ceil(math.log2(entries))).reshape(shape)
        given = [
            _random(_SAMPLES, *shape),
            _random(_SAMPLES, *shape, spread=30),
            torch.full(shape, 1 + 3 * 2.0**-23),
            torch.full(shape, -1 / 3),
            sinking(math.prod(shape), arithmetic).reshape(shape) ** 2,
            one_large,
        ]
        return [
            (subject, [values.expand(_SAMPLES, *shape).clone() for _ in range(inputs)])
            for values in given
        ]

    return starts


def _leaky(slope: float) -> Callable[[torch.Tensor], torch.Tensor]:
    return lambda x: functional.leaky_relu(x, slope)


_IMAGE, _BLOCK = (2, 8, 8), (2, 4, 4, 4)

KINDS: dict[str, Callable[[Arithmetic], list[Start]]] = {
    "linear, one block": _linear(32, 40),
    "linear, short blocks": _linear(256, 40),
    "linear, long blocks": _linear(784, 40),
    "linear, few outputs": _linear(128, 3),
    "linear, one output": _linear(64, 1),
    "convolution in 1d": _convolution(4, 6, (32,), (8,), stride=8),
    "convolution in 2d": _convolution(3, 4, (14, 14), (3, 3), padding=1),
    "convolution in 2d, windows apart": _convolution(8, 4, (8, 8), (2, 2), stride=2),
    "convolution of one channel": _convolution(1, 2, (40, 40), (2, 2)),
    "convolution, grouped and dilated": _convolution(
        4, 4, (12, 12), (3, 3), padding=2, dilation=2, groups=2
    ),
    "convolution, depthwise and strided": _convolution(
        4, 4, (12, 12), (4, 4), stride=3, padding=1, groups=4
    ),
    "convolution in 3d": _convolution(2, 3, (6, 6, 6), (2, 2, 2)),
    "batch norm": _batch_norm,
    "relu": _without_weights(Clamp(0.0, None), torch.relu, (40,)),
    "relu6": _without_weights(Clamp(0.0, 6.0), functional.relu6, (40,)),
    "hardtanh": _without_weights(Clamp(-1.0, 1.0), functional.hardtanh, (40,)),
    "leaky relu": _without_weights(LeakyReLU(0.01), _leaky(0.01), (40,)),
    "leaky relu that turns back": _without_weights(LeakyReLU(-0.7), _leaky(-0.7), (40,)),
    "largest": _without_weights(
        MaxPool((2, 2), (2, 2), (0, 0), (1, 1), False),
        lambda x: functional.max_pool2d(x, 2),
        _IMAGE,
    ),
    "largest, windows that overlap": _without_weights(
        MaxPool((3, 3), (1, 1), (1, 1), (1, 1), False),
        lambda x: functional.max_pool2d(x, 3, 1, 1),
        _IMAGE,
    ),
    "largest, dilated and hanging over": _without_weights(
        MaxPool((3, 2), (2, 2), (1, 1), (2, 1), True),
        lambda x: functional.max_pool2d(x, (3, 2), 2, 1, (2, 1), ceil_mode=True),
        _IMAGE,
    ),
    "largest in 3d": _without_weights(
        MaxPool((2, 2, 2), (1, 1, 1), (0, 0, 0), (1, 1, 1), False),
        lambda x: functional.max_pool3d(x, 2, 1),
        _BLOCK,
    ),
    "average": _without_weights(
        AveragePool((2, 2), (2, 2), (0, 0)), lambda x: functional.avg_pool2d(x, 2), _IMAGE
    ),
    "average, windows that overlap": _without_weights(
        AveragePool((3, 3), (1, 1), (1, 1)), lambda x: functional.avg_pool2d(x, 3, 1, 1), _IMAGE
    ),
    "average in 3d": _without_weights(
        AveragePool((2, 3, 3), (1, 2, 1), (1, 0, 1)),
        lambda x: functional.avg_pool3d(x, (2, 3, 3), (1, 2, 1), (1, 0, 1)),
        _BLOCK,
    ),
    "mean": _without_weights(Mean((2, 3), False), lambda x: x.mean((2, 3)), (2, 32, 32)),
    "mean of one dimension": _without_weights(Mean((2,), True), lambda x: x.mean(2, True), (3, 50)),
    "sum": _without_weights(Sum(), lambda x, y: x + y, (40,), inputs=2),
    "reshape": _without_weights(Reshape((4, 6)), lambda x: x.reshape(-1, 4, 6), (2, 12)),
    "permute": _without_weights(Permute((0, 2, 1)), lambda x: x.permute(0, 2, 1), (4, 6)),
}
