"""The kinds of models that are evaluated, with samples of theirs and a little training."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import nn
from torch.func import functional_call
from torch.nn.functional import cross_entropy

from fedjury.data import Samples
from fedjury.models import mlp
from fedjury.protocol.tensors import Tensors
from fedjury.task.state import weights_of
from tests.support.equality import convolutions, dense, sequences, unusual
from tests.support.equality.draws import normal, uniform, whole

# Training in float64 differs between machines by 1e-13 at most; on this grid it is the same.
_GRID = 2.0**14
# Distance of two classes' centers in standard deviations of the samples, roughly.
_APART = 6.0
_BELOW_THE_GRID = 2.0**-17


@dataclass(frozen=True)
class Kind:
    """A kind of model.

    Attributes:
        name: of the kind.
        build: makes the module; its weights are drawn anew.
        inputs: shape of one sample.
        classes: how many there are.
        samples: how many the jury has.
        tokens: whether samples are sequences of whole numbers.
        units: names of the tensors whose first dimension is the units that `head` reads.
        head: the last linear layer.
        steps: of training.
        rate: of learning.
        trained: what is trained in its place, where its own results jump.
    """

    name: str
    build: Callable[[], nn.Module]
    inputs: tuple[int, ...]
    classes: int
    samples: int = 61
    tokens: bool = False
    units: tuple[str, ...] = ()
    head: str = "head"
    steps: int = 25
    rate: float = 0.05
    trained: Callable[[], nn.Module] | None = None

    def model(self) -> nn.Module:
        """The module, which leaves torch's generator as it was."""
        with torch.random.fork_rng(devices=[]):
            return self.build().eval()

    def draw(self, label: str, count: int) -> Samples:
        """Labelled samples that can be learned; another label gives others."""
        y = whole(f"{self.name} {label} y", self.classes, count)
        if self.tokens:
            usual = whole(f"{self.name} tokens", sequences.VOCABULARY, self.classes, *self.inputs)
            other = whole(f"{self.name} {label} x", sequences.VOCABULARY, count, *self.inputs)
            heard = uniform(f"{self.name} {label} heard", count, *self.inputs) < 0.5
            return Samples(torch.where(heard, usual[y], other).to(torch.float32), y)
        centers = normal(f"{self.name} centers", self.classes, *self.inputs)
        apart = _APART / centers[0].numel() ** 0.5
        return Samples(
            apart * centers[y] + normal(f"{self.name} {label} x", count, *self.inputs), y
        )

    def random(self, label: str) -> Tensors:
        """Weights of the usual size for an untrained model."""
        return {
            name: _initial(name, normal(f"{self.name} {label} {name}", *tensor.shape))
            for name, tensor in sorted(weights_of(self.model()).items())
        }

    def honest(self, label: str) -> Tensors:
        """Weights after some training; another label gives another client's."""
        shard, first = self.draw(f"shard {label}", 96), self.random("first")
        with default_type(torch.float64):
            trained = self._train({name: each.double() for name, each in first.items()}, shard)
        return {
            name: _to_grid(f"{self.name} {label} {name}", each) for name, each in trained.items()
        }

    def _train(self, weights: Tensors, shard: Samples) -> Tensors:
        """Some steps of gradient descent in float64."""
        model = replace(self, build=self.trained or self.build).model().double()
        x, y = shard.x.double(), shard.y
        trained = [weights[name].requires_grad_() for name, _ in model.named_parameters()]
        speeds = [torch.zeros_like(each) for each in trained]
        for _ in range(self.steps):
            loss = cross_entropy(functional_call(model, weights, (x,)), y)
            gradients = torch.autograd.grad(loss, trained)
            with torch.no_grad():
                for each, speed, gradient in zip(trained, speeds, gradients, strict=True):
                    each.sub_(self.rate * speed.mul_(0.9).add_(gradient))
        return weights


@contextmanager
def default_type(dtype: torch.dtype) -> Iterator[None]:
    """Have what models make in their forward pass be of this type."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def _initial(name: str, drawn: torch.Tensor) -> torch.Tensor:
    if name.endswith("running_var"):
        return 0.5 + drawn.abs()
    if drawn.ndim > 1:
        return (drawn.double() * math.sqrt(2 / drawn[0].numel())).float()
    return 0.1 * drawn + (1.0 if name.endswith("weight") else 0.0)


def _to_grid(label: str, trained: torch.Tensor) -> torch.Tensor:
    """The same on every machine, and yet with all of float32's digits."""
    rounded: torch.Tensor = torch.round(trained.detach() * _GRID) / _GRID
    return (rounded + _BELOW_THE_GRID * normal(f"digits {label}", *trained.shape)).float()


# Sizes of 1,025 and 129: in batches of 1,024 or 128 the last sample is alone.
_UNCAST = partial(unusual.Casting, first_narrow=torch.float64, second_narrow=torch.float64)
_TOKENS = (sequences.LENGTH,)
KINDS = (
    Kind("logistic", dense.logistic, (20,), 5, 1025, head="1"),
    Kind("mlp", mlp, (784,), 10, 129, units=("1.weight", "1.bias"), head="3"),
    Kind(
        "deep",
        dense.deep,
        (48,),
        10,
        units=("28.weight", "28.bias"),
        head="30",
        steps=60,
        rate=0.01,
    ),
    Kind("wide", dense.wide, (64,), 10, units=("0.weight", "0.bias"), head="2"),
    Kind("smooth", dense.Smooth, (32,), 6),
    Kind("probabilities", dense.Probabilities, (40,), 8),
    Kind("mixer", dense.Mixer, (8, 16), 6),
    Kind("experts", dense.Experts, (24,), 6),
    Kind("conv", convolutions.plain, (1, 12, 12), 10, head="9"),
    Kind("grouped", convolutions.Grouped, (3, 12, 12), 6),
    Kind("signals", convolutions.Signals, (2, 24), 5, units=("second.weight", "second.bias")),
    Kind("autoencoder", convolutions.Autoencoder, (1, 8, 8), 6),
    Kind("volumes", convolutions.Volumes, (1, 6, 6, 6), 4),
    Kind("bag", sequences.Bag, _TOKENS, 5, tokens=True, units=("hidden.weight", "hidden.bias")),
    Kind("gru", sequences.Gru, _TOKENS, 5, tokens=True),
    Kind("lstm", sequences.Lstm, (6, 6), 5),
    Kind("encoder", sequences.Encoder, _TOKENS, 5, tokens=True),
    Kind("attention", sequences.Attention, (8, 6), 5),
    Kind("casting", unusual.Casting, (32,), 6, trained=_UNCAST),
    Kind("statistics", unusual.Statistics, (32,), 6),
)
