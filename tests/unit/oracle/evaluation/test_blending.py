"""Means of updates evaluated from kept products: their bounds, and that results are the same."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any

import pytest
import torch
from torch import nn

from fedjury.data import Samples
from fedjury.data.verification import VerificationSet
from fedjury.oracle.aggregation.averaging import mix, mix_mean
from fedjury.oracle.evaluation import moves
from fedjury.oracle.evaluation.blending import Blender
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.evaluation.fast.approximation import Approximation
from fedjury.oracle.evaluation.fast.arithmetic import Arithmetic
from fedjury.oracle.evaluation.fast.weights import PassWeights
from fedjury.oracle.evaluation.moves import Moves
from fedjury.oracle.evaluation.passes import Passes
from fedjury.oracle.evaluation.product_store import BUDGET, ProductStore, Stored
from fedjury.protocol.tensors import Tensors
from fedjury.task.state import weights_of
from tests.support.blend_trials import TRIALS, Trial, random_trial
from tests.support.bound_plans import ConvNet, connected
from tests.support.bound_search import one_after_the_other


def check(trial: Callable[[], Trial]) -> None:
    """No difference of logits errs more than the bound."""
    for library in (nullcontext, one_after_the_other):
        with library():
            assert trial().ratio() <= 1


@pytest.mark.parametrize("name", TRIALS)
def test_no_error_is_above_the_bound(name: str) -> None:
    check(TRIALS[name])


@pytest.mark.parametrize("seed", range(18))
def test_no_error_of_random_updates_is_above_the_bound(seed: int) -> None:
    check(lambda: random_trial(seed))


@pytest.mark.parametrize("name", TRIALS)
def test_half_of_a_bound_is_too_small(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Blender._error
    monkeypatch.setattr(Blender, "_error", lambda *given: whole(*given) / 2)
    with pytest.raises(AssertionError):
        check(TRIALS[name])


def _half(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *given: function(*given) / 2


_NOTHING = property(lambda self: 0.0, lambda self, value: None)

# What is made too small: where it is, its name, what stands in its place, and what notices.
MUTATIONS = {
    "rounding of products": (Arithmetic, "gamma", _half(Arithmetic.gamma), "products"),
    "rounding of sums": (moves, "_UNIT", 0.0, "sums"),
    "what is lost by keeping": (Stored, "lost", lambda self: 0.0, "what is kept"),
    "rounding of the weights": (PassWeights, "frobenius", lambda *given: 0.0, "rounded weights"),
    "rounding of what is added": (Moves, "start_norms", _NOTHING, "additions"),
    "two outputs": (
        Approximation,
        "within",
        classmethod(lambda cls, values, error: cls(values, lambda: error, lambda: error)),
        "rounded weights",
    ),
}


@pytest.mark.parametrize("part", MUTATIONS)
def test_a_bound_with_too_small_a_part_is_too_small(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, attribute, instead, name = MUTATIONS[part]
    monkeypatch.setattr(owner, attribute, instead, raising=False)
    with pytest.raises(AssertionError):
        check(TRIALS[name])


COUNT = 40
MODELS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "linear": (lambda: connected(12, 4), (12,)),
    "MLP": (lambda: nn.Sequential(nn.Flatten(), *connected(12, 16, 4)), (3, 4)),
    "without biases": (
        lambda: nn.Sequential(nn.Linear(12, 8, False), nn.ReLU6(), nn.Linear(8, 4, False)),
        (12,),
    ),
    "conv net": (lambda: ConvNet(classes=4), (2, 6, 6)),
    "without a plan": (lambda: nn.Sequential(nn.Linear(12, 4), nn.Tanh()), (12,)),
}
# What an update is made of, by the model and noise.
UPDATES: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "near": lambda current, noise: current + 0.01 * noise,
    "far": lambda current, noise: 100 * noise,
    "the model": lambda current, noise: current,
    "its opposite": lambda current, noise: -current,
    "zero": lambda current, noise: torch.zeros_like(current),
    "tiny": lambda current, noise: 1e-38 * noise,
    "huge": lambda current, noise: noise.sign() * 3e38,
    "tied": lambda current, noise: noise[:1].expand_as(noise).clone(),
}


@pytest.fixture(params=[BUDGET, 7 * 8 * COUNT * 3, 1], ids=["kept", "kept narrowly", "read again"])
def _budget(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moves, "ProductStore", partial(ProductStore, budget=request.param))


def _round(name: str) -> tuple[Evaluator, Evaluator, Tensors, list[Tensors]]:
    """An evaluator, one that has the reference alone, the model, and updates of each kind."""
    make, shape = MODELS[name]
    generator = torch.Generator().manual_seed(3)
    with torch.random.fork_rng():
        torch.manual_seed(2)
        model = make()
    current = weights_of(model)
    updates = []
    for change in UPDATES.values():
        update = {
            key: change(tensor, torch.randn(tensor.shape, generator=generator))
            for key, tensor in current.items()
        }
        updates.append(update)
    samples = Samples(torch.randn(COUNT, *shape, generator=generator), torch.arange(COUNT) % 4)
    chosen = VerificationSet(samples, bytes(32))
    return (
        Evaluator(model, chosen, 16),
        Evaluator(model, chosen, 16, by_reference=True),
        current,
        updates,
    )


@pytest.mark.usefixtures("_budget")
@pytest.mark.parametrize("name", MODELS)
def test_a_blend_is_what_an_evaluation_of_its_weights_finds(name: str) -> None:
    evaluator, reference, current, updates = _round(name)
    blends = evaluator.blends(current, updates)
    for share in (0.0, 0.5, 0.875):
        products, chosen = blends.nothing, list[int]()
        for step in (0, 2, 1, 5, ~2, 4, 7, ~0, 3, 6, ~6, 0):
            if step >= 0:
                products = blends.plus(products, step)
                chosen.append(step)
            else:
                products = blends.minus(products, ~step)
                chosen.remove(~step)
            weights = mix_mean(current, [updates[index] for index in chosen], share)
            losses, correct = blends.evaluate(weights, products, share)
            assert torch.equal(losses.to(torch.int64), reference.losses(weights))
            assert correct() == reference.correct(weights)


def test_a_blend_of_nothing_is_evaluated_as_it_is() -> None:
    evaluator, reference, current, updates = _round("MLP")
    blends = evaluator.blends(current, updates)
    emptied = blends.minus(blends.plus(blends.nothing, 0), 0)
    for products in (blends.nothing, emptied):
        losses, correct = blends.evaluate(current, products, 0.5)
        assert torch.equal(losses.to(torch.int64), reference.losses(current))
        assert correct() == reference.correct(current)


class _Counting(Sequence[Tensors]):
    """Updates that are counted when they are read."""

    def __init__(self, updates: Sequence[Tensors]) -> None:
        self._updates, self.read = updates, [0] * len(updates)

    def __len__(self) -> int:
        return len(self._updates)

    def __getitem__(self, index: Any) -> Any:
        self.read[index] += 1
        return self._updates[index]

    def __iter__(self) -> Iterator[Tensors]:
        for index in range(len(self)):
            yield self[index]


@pytest.mark.parametrize(("budget", "again"), [(BUDGET, False), (1, True)])
def test_an_update_is_read_again_only_where_its_products_are_not_kept(
    budget: int, again: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moves, "ProductStore", partial(ProductStore, budget=budget))
    evaluator, _, current, updates = _round("MLP")
    counting = _Counting(updates)
    blends = evaluator.blends(current, counting)
    assert counting.read == [1] * len(updates)
    products = blends.plus(blends.plus(blends.nothing, 0), 4)
    blends.evaluate(mix(current, updates[0], 0.5), products, 0.5)
    assert counting.read == [1 + (again and index in (0, 4)) for index in range(len(updates))]


def test_honest_blends_need_no_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    evaluator, _, current, updates = _round("MLP")
    blends = evaluator.blends(current, updates[:1])
    asked = list[int]()
    exact = Passes.exact

    def counted(self: Passes, questions: Any, weights: Any, rows: torch.Tensor) -> Any:
        asked.append(len(rows))
        return exact(self, questions, weights, rows)

    monkeypatch.setattr(Passes, "exact", counted)
    products = blends.plus(blends.nothing, 0)
    _, correct = blends.evaluate(mix(current, updates[0], 0.5), products, 0.5)
    correct()
    assert sum(asked) <= 2


def test_no_switch_changes_a_blend() -> None:
    evaluator, _, current, updates = _round("MLP")
    weights = mix(current, updates[0], 0.5)

    def logits() -> torch.Tensor:
        blends = evaluator.blends(current, updates)
        products = blends.plus(blends.nothing, 0)
        assert blends.moves is not None
        found = blends._logits(blends.moves, PassWeights.of(weights), products, 0.5)
        return torch.cat([found.values.double(), found.apart[:, None]], dim=1)

    plain, before = logits(), torch.get_float32_matmul_precision()
    with torch.autocast("cpu"):
        assert torch.equal(logits(), plain)
    torch.set_float32_matmul_precision("medium")
    try:
        assert torch.equal(logits(), plain)
    finally:
        torch.set_float32_matmul_precision(before)
