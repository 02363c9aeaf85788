"""Weights made to part two honest jurors without touching any code.

Each of them makes plain results depend on the order of summation, and each parted jurors under the
evaluation by float32 with perturbations, float64 and a secret tie zone that was used before.
"""

from collections.abc import Iterator
from functools import partial
from math import floor, log2

import torch
from torch import nn

from fedjury.data import Samples
from fedjury.models import mlp
from fedjury.protocol.tensors import Tensors
from tests.support.equality.case import Case
from tests.support.equality.draws import normal, order, signs, uniform, whole

CONSTRUCTIONS = (
    "cancellation 128",
    "cancellation 512",
    "cancellation 2048",
    "cancellation conv",
    "losses of zero",
    "tie zone",
    "routing",
    "all denormal",
)
_SAMPLES = 240
_LARGEST = 1000.0
_FEATURES = 8
_CLASSES = 10
# Class 1 is right from so many times the small terms' sum. Exactly added, nine of ten samples are
# classified right; where small terms are lost or rounded up, about six.
_FAIR = 0.8


def constructions() -> Iterator[Case]:
    """All of them, under their names followed by a slash and a variant."""
    for width in (128, 512, 2048):
        whole_row = _Pattern(width, 3 * width // 16, 13 * width // 16)
        yield _cancellation(width, "lost", whole_row, 0.2)
        yield _cancellation(width, "gained", whole_row, 0.3)
        yield _cancellation(width, "tiled", _Pattern(128, 16, 104), 0.3)
    yield _convolved_cancellation()
    yield _losses_of_zero()
    yield _tie_zone()
    yield _routing()
    yield _denormal_mlp()
    yield _denormal_linear()
    yield _denormal_inputs()


class _Pattern:
    """Large pieces, small terms, the large pieces with the other sign, small terms.

    While the large pieces are in a partial sum, a small term is less than half an ulp of it. So
    whoever adds in order loses all of them, and whoever adds in blocks or lanes loses others, or
    rounds each of them up: an error that grows with their number.

    Args:
        length: of the pattern, which is repeated.
        pieces: how many large ones of either sign.
        second: where the negative ones begin.
    """

    def __init__(self, length: int, pieces: int, second: int) -> None:
        self.length, self.pieces, self.second = length, pieces, second

    def row(self, width: int, of_half_ulp: float) -> torch.Tensor:
        """A row of so many weights; `of_half_ulp` is the size of a small term."""
        ulp = 2.0 ** (floor(log2(self.pieces * _LARGEST)) - 23)
        row = torch.full((self.length,), of_half_ulp * ulp / 2)
        row[: self.pieces] = _LARGEST
        row[self.second : self.second + self.pieces] = -_LARGEST
        return row.repeat(width // self.length)


def _labels(name: str) -> torch.Tensor:
    return whole(f"{name} y", 2, _SAMPLES)


def _cancellation(width: int, variant: str, pattern: _Pattern, of_half_ulp: float) -> Case:
    """Class 0 has the sum of the small terms; class 1 has 0 to 2 times that, by the sample."""
    name = f"cancellation {width}"
    row = pattern.row(width, of_half_ulp)
    total = float(row.double().sum())
    first = 0.02 * normal(f"{name} first", width, _FEATURES)
    first[row.abs() == _LARGEST] = 0
    bias = torch.ones(width)
    threshold = pattern.second - 1
    first[threshold], bias[threshold] = 2 * torch.eye(_FEATURES)[0], 0
    head = torch.zeros(_CLASSES, width)
    head[0], head[1, threshold] = row, total
    head[0, threshold] = 0
    last = torch.zeros(_CLASSES)
    last[2:] = -30 * total
    weights = {"1.weight": first, "1.bias": bias, "3.weight": head, "3.bias": last}
    x = uniform(f"{name} x", _SAMPLES, _FEATURES)
    samples = Samples(x, (2 * x[:, 0] >= _FAIR).to(torch.int64))
    return Case(f"{name}/{variant}", partial(mlp, _FEATURES, width, _CLASSES), samples, weights)


def without_cancelling(case: Case) -> Tensors:
    """Weights with another threshold and no large pieces: right in three of four samples."""
    weights = {name: tensor.clone() for name, tensor in case.weights.items()}
    total = float(weights["3.weight"][1].sum())
    weights["3.weight"][0] = 0
    weights["3.bias"][0] = 1.3 * total
    return weights


def _convolved_cancellation() -> Case:
    """The same with a convolution over 3 × 3 in which all of an image has one color."""
    name, channels = "cancellation conv", 128
    pattern = _Pattern(channels, 16, 104)
    row = pattern.row(channels, 1.0)
    first = 0.02 * normal(f"{name} first", channels, 2, 1, 1)
    first[row.abs() == _LARGEST] = 0
    bias = torch.ones(channels)
    threshold = pattern.second - 1
    first[threshold], bias[threshold] = torch.tensor([2.0, 0.0]).view(2, 1, 1), 0
    head = torch.zeros(_CLASSES, channels, 3, 3)
    head[0] = row[:, None, None]
    head[0, threshold] = 0
    head[1, threshold] = float(row.double().sum())
    last = torch.zeros(_CLASSES)
    last[2:] = -1000.0
    weights = {"0.weight": first, "0.bias": bias, "2.weight": head, "2.bias": last}
    color = uniform(f"{name} x", _SAMPLES, 2, 1, 1)
    samples = Samples(color.expand(-1, -1, 3, 3).contiguous(), _labels(name))
    return Case(f"{name}/image", _two_convolutions, samples, weights)


def _two_convolutions() -> nn.Module:
    return nn.Sequential(nn.Conv2d(2, 128, 1), nn.ReLU(), nn.Conv2d(128, _CLASSES, 3), nn.Flatten())


def _losses_of_zero() -> Case:
    """Copies of a unit that is zero, of which rounding makes more, the same in every copy."""
    name, half, width = "losses of zero", 64, 2048
    x = uniform(f"{name} x", _SAMPLES, half)
    shuffled = order(name, half)
    pieces = _LARGEST * signs(name, half) * (0.5 + 0.5 * uniform(f"{name} size", half))
    head = torch.zeros(_CLASSES, width)
    head[0] = 0.05
    last = torch.zeros(_CLASSES)
    last[2:] = -500.0
    weights = {
        "1.weight": torch.cat([pieces, -pieces[shuffled]]).repeat(width, 1),
        "1.bias": torch.zeros(width),
        "3.weight": head,
        "3.bias": last,
    }
    samples = Samples(torch.cat([x, x[:, shuffled]], dim=1), _labels(name))
    return Case(f"{name}/copies", partial(mlp, 2 * half, width, _CLASSES), samples, weights)


def _tie_zone() -> Case:
    """Two logits that differ by 2^-29 of their scale and by less, down to 2^-70.

    They are the same sum of large pieces in another order, and small gaps. Half of the gaps are
    spread evenly over the zone that was a tie before, the others over its powers of two.
    """
    name, width = "tie zone", 64
    exponents = torch.floor(-20 - 40 * uniform(f"{name} exponent", _SAMPLES).double())
    even = 2.0**-19 * uniform(f"{name} even", _SAMPLES).double()
    spread = torch.where(torch.arange(_SAMPLES) % 2 == 0, torch.pow(2.0, exponents), even)
    gap = (spread * signs(f"{name} sign", _SAMPLES)).float()
    gaps = torch.stack([gap.clamp(min=0), (-gap).clamp(min=0)], dim=1)
    x = torch.cat([0.5 + uniform(f"{name} x", _SAMPLES, _FEATURES), gaps], dim=1)
    first = torch.zeros(width, _FEATURES + 2)
    first[:, :_FEATURES] = _LARGEST * uniform(f"{name} first", width, _FEATURES)
    shuffled = order(name, width)
    row = _LARGEST * signs(f"{name} row", width) * (0.5 + 0.5 * uniform(f"{name} size", width))
    gap_units = torch.eye(_FEATURES + 2)[-2:]
    head = torch.zeros(_CLASSES, 2 * width + 2)
    head[0, :width], head[0, -2:] = row, torch.tensor([1.0, -1.0])
    head[1, width:-2] = row[shuffled]
    last = torch.zeros(_CLASSES)
    last[2:] = -1000.0
    weights = {
        "1.weight": torch.cat([first, first[shuffled], gap_units]),
        "1.bias": torch.zeros(2 * width + 2),
        "3.weight": head,
        "3.bias": last,
    }
    build = partial(mlp, _FEATURES + 2, 2 * width + 2, _CLASSES)
    return Case(f"{name}/gaps", build, Samples(x, _labels(name)), weights)


class Router(nn.Module):
    """The largest gate chooses which expert answers."""

    def __init__(self, features: int = 256, experts: int = 8) -> None:
        super().__init__()
        self.gate = nn.Linear(features, experts, bias=False)
        self.experts = nn.Parameter(torch.zeros(experts, _CLASSES))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.experts[self.gate(x).argmax(dim=1)]


def _routing() -> Case:
    """Two rows of the gate say nearly the same, which rounding decides; the experts contradict."""
    name, features, experts = "routing", 256, 8
    row = normal(f"{name} row", features).abs()
    gate = normal(f"{name} gate", experts, features) - 2
    gate[0], gate[1] = row, row * (1 + 2.0**-23 * normal(f"{name} nearly", features))
    weights = {"gate.weight": gate, "experts": torch.eye(_CLASSES)[:experts]}
    samples = Samples(uniform(f"{name} x", _SAMPLES, features), _labels(name))
    return Case(f"{name}/two rows", Router, samples, weights)


_TINY = 2.0**-130


def _denormal_mlp() -> Case:
    """All weights are denormal; class 1 has the largest bias, which is zero where they are lost."""
    name, inputs, width = "all denormal", 16, 32
    weights = {
        "1.weight": _TINY * normal(f"{name} first", width, inputs),
        "1.bias": _TINY * normal(f"{name} bias", width),
        "3.weight": _TINY * normal(f"{name} second", _CLASSES, width),
        "3.bias": _TINY * torch.eye(_CLASSES)[1],
    }
    samples = Samples(uniform(f"{name} x", _SAMPLES, inputs), _labels(name))
    return Case(f"{name}/mlp", partial(mlp, inputs, width, _CLASSES), samples, weights)


def _denormal_linear() -> Case:
    """A linear model of denormal weights, whose answers depend on the sample."""
    name, inputs = "all denormal", 16
    weights = {
        "weight": _TINY * normal(f"{name} weight", _CLASSES, inputs),
        "bias": torch.zeros(_CLASSES),
    }
    samples = Samples(normal(f"{name} linear x", _SAMPLES, inputs), _labels(f"{name} linear"))
    return Case(f"{name}/linear", partial(nn.Linear, inputs, _CLASSES), samples, weights)


def _denormal_inputs() -> Case:
    """Denormal inputs under weights so large that the products are not."""
    name, inputs = "all denormal", 16
    weights = {
        "weight": 100 * normal(f"{name} large", _CLASSES, inputs),
        "bias": torch.zeros(_CLASSES),
    }
    x = _TINY * normal(f"{name} tiny x", _SAMPLES, inputs)
    samples = Samples(x, _labels(f"{name} inputs"))
    return Case(f"{name}/inputs", partial(nn.Linear, inputs, _CLASSES), samples, weights)
