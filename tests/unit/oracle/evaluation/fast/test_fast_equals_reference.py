"""What an evaluator finds with its fast way is what the reference alone finds, sample by sample."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import nn

from fedjury.data import Samples
from fedjury.data.verification import VerificationSet
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.evaluation.fast.arithmetic import Arithmetic
from fedjury.oracle.evaluation.losses import LOSS_CAP, LOSS_UNITS
from fedjury.oracle.evaluation.passes import Passes
from fedjury.protocol.tensors import Tensors
from fedjury.task.state import weights_of
from tests.support.bound_plans import ConvNet, connected
from tests.support.bound_search import one_after_the_other
from tests.support.user_modules import Tied

COUNT = 60
Found = tuple[list[bool], list[int], int]


def _of_planes() -> nn.Module:
    return nn.Sequential(
        nn.Conv1d(2, 6, 3, stride=2, padding=1),
        nn.BatchNorm1d(6),
        nn.LeakyReLU(0.1),
        nn.AvgPool1d(2),
        nn.Flatten(),
        nn.Linear(24, 6),
        nn.ReLU6(),
        nn.Linear(6, 4),
    )


# Name: the model, and the shape of its samples.
MODELS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "linear": (lambda: connected(20, 4), (20,)),
    "MLP": (lambda: nn.Sequential(nn.Flatten(), *connected(24, 16, 4)), (2, 3, 4)),
    "deep MLP": (lambda: connected(*[16] * 9, 4), (16,)),
    "conv net": (lambda: ConvNet(classes=4), (2, 6, 6)),
    "1d conv net": (_of_planes, (2, 16)),
    "tied weights": (Tied, (6,)),
    "log-softmax": (
        lambda: nn.Sequential(nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 4), nn.LogSoftmax(dim=1)),
        (12,),
    ),
    "one class": (lambda: connected(5, 8, 1), (5,)),
    "no weights": (lambda: nn.Sequential(nn.Flatten(), nn.ReLU()), (2, 2)),
}


def _cancelling(tensor: torch.Tensor) -> torch.Tensor:
    """Rows of large numbers that cancel but for little, of which any two are nearly the same."""
    if tensor.dim() < 2:
        return tensor
    rows = tensor.flatten(1)[:1].repeat(len(tensor), 1)
    half = rows.shape[1] // 2
    rows[:, half : 2 * half] = -rows[:, :half]
    small = 2.0**-22 * torch.arange(len(rows))[:, None]
    return (rows * 500 + small).reshape(tensor.shape)


# What is made of every tensor of honest weights.
UPDATES: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "honest": lambda tensor: tensor,
    "large": lambda tensor: tensor * 1000,
    "huge": lambda tensor: tensor * 1e30,
    "at the limit": lambda tensor: tensor.sign() * 3.4e38,
    "small": lambda tensor: tensor * 1e-6,
    "tiny": lambda tensor: tensor * 1e-30,
    "denormal": lambda tensor: tensor * 1e-39,
    "zero": torch.zeros_like,
    "all alike": torch.ones_like,
    "tied rows": lambda tensor: tensor[:1].expand_as(tensor).clone(),
    "nearly tied rows": lambda tensor: (
        tensor[:1].expand_as(tensor)
        * (1 + 2.0**-23 * torch.arange(len(tensor)).reshape(-1, *[1] * (tensor.dim() - 1)))
    ),
    "cancelling": _cancelling,
    "whole numbers": lambda tensor: (tensor * 8).round(),
    "without sign": torch.abs,
    "negative": lambda tensor: -tensor.abs(),
    "no number": lambda tensor: tensor.index_fill(0, torch.tensor([0]), float("nan")),
    "infinite": lambda tensor: tensor.index_fill(0, torch.tensor([0]), float("inf")),
    "minus infinite": lambda tensor: tensor.index_fill(0, torch.tensor([0]), -float("inf")),
    "of all sizes": lambda tensor: (
        tensor
        * torch.exp2(60 * torch.rand(tensor.shape, generator=torch.Generator().manual_seed(1)) - 30)
    ),
}


def _verification(shape: tuple[int, ...], classes: int) -> VerificationSet:
    generator = torch.Generator().manual_seed(7)
    x = torch.randn(COUNT, *shape, generator=generator)
    x[0], x[1], x[2], x[3] = 0.0, 1e-40, 1e30, -1.0
    x[4] = x[5]
    y = torch.arange(COUNT) % classes
    y[-2:] = torch.tensor([classes, 10**6])  # there are no logits for these
    return VerificationSet(Samples(x, y), bytes(32))


def _made(name: str, update: str) -> tuple[nn.Module, Tensors, VerificationSet]:
    make, shape = MODELS[name]
    with torch.random.fork_rng():
        torch.manual_seed(1)
        model = make()
    weights = {key: UPDATES[update](tensor) for key, tensor in weights_of(model).items()}
    classes = {"one class": 1, "tied weights": 3}.get(name, 4)
    return model, weights, _verification(shape, classes)


def _found(
    model: nn.Module, weights: Tensors, chosen: VerificationSet, by_reference: bool = False
) -> Found:
    evaluator = Evaluator(model, chosen, 16, by_reference)
    right, losses = evaluator.correct_mask(weights), evaluator.losses(weights)
    (count,) = evaluator.counts([weights])
    return right.tolist(), losses.tolist(), count


@pytest.mark.parametrize("update", UPDATES)
@pytest.mark.parametrize("name", MODELS)
def test_the_fast_way_finds_what_the_reference_finds(name: str, update: str) -> None:
    model, weights, chosen = _made(name, update)
    fast = _found(model, weights, chosen)
    assert fast == _found(model, weights, chosen, by_reference=True)
    right, losses, count = fast
    assert sum(right) == count
    assert right[-2:] == [False, False]
    assert losses[-2:] == [LOSS_CAP * LOSS_UNITS] * 2


@pytest.fixture
def _flushed() -> Iterator[None]:
    torch.set_flush_denormal(True)
    yield
    torch.set_flush_denormal(False)


@pytest.mark.usefixtures("_flushed")
@pytest.mark.parametrize("update", ["honest", "tiny", "denormal", "of all sizes"])
@pytest.mark.parametrize("name", ["MLP", "conv net", "1d conv net"])
def test_that_the_processor_flushes_to_zero_changes_nothing(name: str, update: str) -> None:
    model, weights, chosen = _made(name, update)
    flushed = _found(model, weights, chosen)
    torch.set_flush_denormal(False)
    assert flushed == _found(model, weights, chosen, by_reference=True)


@pytest.mark.parametrize("name", ["linear", "MLP", "deep MLP", "conv net", "1d conv net"])
def test_most_of_an_honest_update_needs_no_reference(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, weights, chosen = _made(name, "honest")
    asked = list[int]()
    exact = Passes.exact

    def counted(
        self: Passes, questions: Any, weights: Any, rows: torch.Tensor | None = None
    ) -> Any:
        asked.append(COUNT if rows is None else len(rows))
        return exact(self, questions, weights, rows)

    monkeypatch.setattr(Passes, "exact", counted)
    _found(model, weights, chosen)
    assert sum(asked) <= 3 * 4  # of 60 samples, asked thrice


def _overflowing() -> tuple[nn.Module, Tensors, VerificationSet]:
    """Sums of 2e38 that are minus infinity in float32, if their negative terms come first."""
    first = torch.tensor([[-3e38, -3e38, 3.2e38, 3.2e38, 1.6e38]])
    weights = {
        "0.weight": first,
        "0.bias": torch.zeros(1),
        "2.weight": torch.tensor([[1e-30], [0.0]]),
        "2.bias": torch.tensor([0.0, 1e6]),
    }
    samples = Samples(torch.ones(COUNT, 5), torch.zeros(COUNT, dtype=torch.int64))
    return connected(5, 1, 2), weights, VerificationSet(samples, bytes(32))


def test_infinity_that_becomes_an_ordinary_number_again_settles_nothing() -> None:
    with one_after_the_other():
        assert _found(*_overflowing()) == ([True] * COUNT, [0] * COUNT, COUNT)


def test_it_would_if_it_were_not_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Arithmetic, "unless_beyond", lambda self, error, reach: error)
    with one_after_the_other():
        right, _, _ = _found(*_overflowing())
    assert not any(right)
