"""Whole models that lose as much as can be in every layer: from which searches start.

A layer that gives (1, e, e, ...) again and loses what it can leaves the next layer the same to
lose, so that the losses of all layers add up.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import nn
from torch.func import functional_call

from fedjury.oracle.evaluation.fast.approximation import Approximation
from fedjury.oracle.evaluation.fast.arithmetic import Arithmetic
from fedjury.oracle.evaluation.fast.plan import Plan
from fedjury.oracle.evaluation.fast.recording import record
from fedjury.oracle.evaluation.fast.weights import PassWeights
from fedjury.protocol.tensors import Tensors
from fedjury.task.state import weights_of
from tests.support.bound_search import Subject
from tests.support.bound_subjects import Start, rows, sinking

_SAMPLES = 24
_WIDTH = 32


class ConvNet(nn.Module):
    """Convolutions with batch norm, a residual connection, pooling and a linear layer."""

    def __init__(self, channels: int = 8, classes: int = 5) -> None:
        super().__init__()
        self.first = nn.Conv2d(2, channels, 3, padding=1)
        self.first_norm = nn.BatchNorm2d(channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, groups=2)
        self.second_norm = nn.BatchNorm2d(channels)
        self.last = nn.Linear(channels, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits of images (n, 2, height, width)."""
        x = torch.relu(self.first_norm(self.first(x)))
        more: torch.Tensor = self.second_norm(self.second(x))
        more += x
        pooled = nn.functional.max_pool2d(more.relu_(), 2)
        logits: torch.Tensor = self.last(pooled.mean((2, 3)))
        return logits


class Pointwise(nn.Module):
    """The same for images of one pixel, so that a convolution is a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(_WIDTH, _WIDTH, 1)
        self.norm = nn.BatchNorm2d(_WIDTH, eps=0.0)
        self.second = nn.Conv2d(_WIDTH, _WIDTH, 1)
        self.last = nn.Linear(_WIDTH, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits of images (n, channels, 1, 1)."""
        x = torch.relu(self.norm(self.first(x)))
        x = nn.functional.relu6(self.second(x) + x)
        logits: torch.Tensor = self.last(nn.functional.avg_pool2d(x, 1).flatten(1))
        return logits


@dataclass(frozen=True)
class Whole:
    """A plan as one layer.

    Attributes:
        plan: of all its layers.
    """

    plan: Plan

    def apply(
        self, inputs: Sequence[Approximation], weights: PassWeights, arithmetic: Arithmetic
    ) -> Approximation:
        """The logits."""
        values = dict(enumerate(inputs))
        for step in self.plan.steps:
            given = [values[number] for number in step.inputs]
            values[step.output] = step.layer.apply(given, weights, arithmetic)
        return values[self.plan.output]


def _start(model: nn.Module, weights: Tensors, x: torch.Tensor, arithmetic: Arithmetic) -> Start:
    plan = record(model.eval(), weights, x[:3])
    if plan is None:
        raise ValueError("the model has no plan")

    def exact(given: torch.Tensor, wide: Tensors) -> torch.Tensor:
        logits: torch.Tensor = functional_call(model, wide, (given,))
        return logits

    return Subject(Whole(plan), weights, exact, arithmetic), [x]


def _sinking_weights(model: nn.Module, arithmetic: Arithmetic) -> Tensors:
    """Weights of which every layer gives (1, e, e, ...) of (1, e, e, ...), and the last one ±1."""
    vector, weights = sinking(_WIDTH, arithmetic), weights_of(model)
    names = [name for name in weights if name.endswith("weight") and weights[name].dim() > 1]
    for name, tensor in weights.items():
        tensor.fill_(1.0 if name in ("norm.weight", "norm.running_var") else 0.0)
    for name in names[:-1]:
        weights[name] = torch.outer(vector, vector).reshape(weights[name].shape)
    weights[names[-1]] = rows(vector, len(weights[names[-1]]))
    return weights


def _sinking(model: nn.Module, shape: tuple[int, ...]) -> Callable[[Arithmetic], list[Start]]:
    def starts(arithmetic: Arithmetic) -> list[Start]:
        x = sinking(_WIDTH, arithmetic).reshape(shape).expand(_SAMPLES, *shape).clone()
        return [_start(model, _sinking_weights(model, arithmetic), x, arithmetic)]

    return starts


def _usual(
    model: Callable[[], nn.Module], shape: tuple[int, ...]
) -> Callable[[Arithmetic], list[Start]]:
    """Random weights of several sizes, and some that nearly cancel."""

    def starts(arithmetic: Arithmetic) -> list[Start]:
        found = []
        for place, scale in enumerate([1.0, 2.0**-6, 2.0**4]):
            with torch.random.fork_rng():
                torch.manual_seed(place)
                module = model().eval()
                x = torch.randn(_SAMPLES, *shape)
            weights = {name: tensor * scale for name, tensor in weights_of(module).items()}
            found.append(_start(module, weights, x, arithmetic))
            cancelling = {
                name: torch.cat([tensor, -tensor * (1 + 2.0**-20)])[: len(tensor)] * 8
                for name, tensor in weights.items()
            }
            found.append(_start(module, cancelling, x, arithmetic))
        return found

    return starts


def connected(*sizes: int) -> nn.Sequential:
    """Fully connected layers with ReLUs between them."""
    layers: list[nn.Module] = [nn.Linear(sizes[0], sizes[1])]
    for before, after in pairwise(sizes[1:]):
        layers += [nn.ReLU(), nn.Linear(before, after)]
    return nn.Sequential(*layers)


PLANS: dict[str, Callable[[Arithmetic], list[Start]]] = {
    "MLP": _sinking(connected(_WIDTH, _WIDTH, 4), (_WIDTH,)),
    "deep MLP": _sinking(connected(*[_WIDTH] * 16, 4), (_WIDTH,)),
    "residuals and batch norm": _sinking(Pointwise(), (_WIDTH, 1, 1)),
    "usual MLP": _usual(lambda: connected(60, 40, 20, 7), (60,)),
    "usual deep MLP": _usual(lambda: connected(*[24] * 8, 3), (24,)),
    "usual conv net": _usual(ConvNet, (2, 8, 8)),
}
