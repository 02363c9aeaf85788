"""The best constant answer: its right answers, and a loss that none ever costs as little as."""

import decimal
import itertools
import math
from collections import Counter
from decimal import Decimal
from fractions import Fraction

import pytest
import torch
from hypothesis import given, strategies
from torch import nn

from fedjury.data import Samples
from fedjury.data.verification import VerificationSet
from fedjury.oracle.evaluation.constant_answer import ConstantAnswer, least_nats
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.evaluation.losses import LOSS_CAP, LOSS_UNITS, LossUnits, edges_of
from tests.support.fuzzing import FUZZ
from tests.support.sentences import PADDING, next_word, sentences

LABELS = {
    "balanced": torch.arange(300) % 3,
    "skewed": (torch.arange(300) % 20 == 7).long(),
    "one class": torch.zeros(40, dtype=torch.int64),
    "far apart": torch.tensor([5, 900, 5, 5, 900, 31]),
    "by edge": (edges_of(300) > 0.5).long(),  # as whoever made the set might try
    "alone": torch.tensor([2]),
}
EACH = pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)


def _cost(labels: torch.Tensor, nats: torch.Tensor) -> int:
    """Summed units of an answer that costs samples of class c so many nats, or a little more."""
    logits = -nats.double()[None].expand(len(labels), -1)
    return int(LossUnits.of(labels).decide(logits).sum())


def _frequencies(labels: torch.Tensor) -> torch.Tensor:
    """Of classes from 0, those without a sample at −∞: logarithms, so logits."""
    counts = labels.bincount().double()
    return (counts / counts.sum()).log()


# --- right answers ---


@EACH
def test_it_gets_the_most_frequent_label_right(labels: torch.Tensor) -> None:
    constant = ConstantAnswer.of(labels)
    classes = sorted(set(labels.tolist()))
    each = [int((labels == label).sum()) for label in classes]
    best = classes[each.index(max(each))]  # of several the lowest
    assert constant.correct == max(each)
    assert torch.equal(constant.right, labels == best)


def test_of_several_labels_it_takes_the_lowest() -> None:
    assert ConstantAnswer.of(torch.tensor([3, 1, 3, 1, 2])).right.tolist() == [
        False,
        True,
        False,
        True,
        False,
    ]


def test_labels_that_do_not_count_have_no_part() -> None:
    test = sentences().test
    constant = Evaluator(next_word(), VerificationSet(test, bytes(32))).constant
    counted = test.y[test.y != PADDING]
    assert len(constant.right) == len(counted) < test.y.numel()
    assert constant.correct == int(counted.bincount().max())
    assert constant.loss == ConstantAnswer.of(counted).loss


# --- loss ---


@EACH
def test_the_labels_own_frequencies_cost_a_little_more(labels: torch.Tensor) -> None:
    found, constant = _cost(labels, -_frequencies(labels)), ConstantAnswer.of(labels)
    assert constant.loss < found
    if not torch.equal(labels, LABELS["by edge"]):
        assert found - constant.loss < 3 * len(labels) ** 0.5


def test_of_a_usual_set_it_is_a_ten_thousandth_below_the_entropy() -> None:
    labels = torch.randint(10, (5000,), generator=torch.Generator().manual_seed(1))
    entropy = float(-(_frequencies(labels).exp() * _frequencies(labels)).sum()) * len(labels)
    assert 0 < entropy * LOSS_UNITS - ConstantAnswer.of(labels).loss < 1e-4 * entropy * LOSS_UNITS


@pytest.mark.parametrize("name", ["skewed", "by edge"])
def test_no_answer_between_two_classes_costs_as_little(name: str) -> None:
    # all that make another difference: the loss of class 0 is just above a step of some edge
    labels = LABELS[name]
    constant, least = ConstantAnswer.of(labels), 10**9
    edges = edges_of(len(labels))[labels == 0]
    for whole, edge in itertools.product(range(0, 130, 7), edges[::10].tolist()):
        zero = torch.tensor((whole + 1 - edge) / LOSS_UNITS * (1 - 1e-9), dtype=torch.float64)
        other = -torch.log(-torch.expm1(-zero)) if zero > 0 else torch.tensor(100.0)
        least = min(least, _cost(labels, torch.stack([zero, other.double()])))
    assert least > constant.loss
    assert least - constant.loss < 0.5 * len(labels)


@FUZZ
@given(
    strategies.lists(strategies.integers(0, 4), min_size=1, max_size=60),
    strategies.lists(strategies.floats(-30, 30), min_size=5, max_size=5),
)
def test_no_constant_answer_costs_as_little(labels: list[int], logits: list[float]) -> None:
    y = torch.tensor(labels)
    constant = ConstantAnswer.of(y)
    assert _cost(y, -torch.tensor(logits)) > constant.loss
    # and near the best one
    counts = y.bincount(minlength=5).double() + 1e-9
    assert _cost(y, -(counts.log() + 0.01 * torch.tensor(logits))) > constant.loss


@pytest.mark.parametrize(
    "logits", [[math.nan] * 3, [math.inf, 0, 0], [-math.inf, 0, 0], [1e38] * 3]
)
@EACH
def test_nor_does_one_that_is_no_number(labels: torch.Tensor, logits: list[float]) -> None:
    exact = torch.tensor(logits, dtype=torch.float64)[None].expand(len(labels), -1)
    cost = int(LossUnits.of(labels).decide(exact).sum())
    assert cost > ConstantAnswer.of(labels).loss


@EACH
def test_the_loss_is_what_its_definition_says(labels: torch.Tensor) -> None:
    edges, counts = edges_of(len(labels)), Counter(labels.tolist())
    gained = Fraction(0)
    for label in counts:
        steps = sorted(1 - Fraction(edge) for edge in edges[labels == label].tolist())
        gained += max(len(steps) * step - rank for rank, step in enumerate(steps))
    with decimal.localcontext(prec=100):
        total = Decimal(len(labels))
        entropy = sum((count * (total / count).ln() for count in counts.values()), Decimal(0))
        exact = LOSS_UNITS * entropy - Decimal(gained.numerator) / Decimal(gained.denominator)
    assert exact - 1 - Decimal("1e-6") < ConstantAnswer.of(labels).loss < exact


def test_the_same_bits_are_found_whatever_the_surroundings() -> None:
    labels = torch.arange(100_000) ** 2 % 1009 % 31
    found = ConstantAnswer.of(labels).loss
    assert found == 43_662_726
    with decimal.localcontext(prec=3, rounding=decimal.ROUND_UP):
        assert ConstantAnswer.of(labels).loss == found


# --- the cap ---


@pytest.mark.parametrize(
    "counts",
    [
        [10**9, 1],
        [10**9, 200, 3, 1],
        [4 * 10**9, 1000, 900, 800],
        [4 * 10**6, 1, 1, 1],
        [2**31, 2**31 - 1],
        [10**8] + [1] * 8,
    ],
)
def test_leaving_rare_labels_at_the_cap_gains_nothing(counts: list[int]) -> None:
    bound, best = least_nats(counts), Decimal("inf")
    with decimal.localcontext(prec=60):
        for size in range(len(counts) + 1):
            for kept in itertools.combinations(counts, size):
                whole = Decimal(sum(kept))
                nats = sum((n * min((whole / n).ln(), Decimal(LOSS_CAP)) for n in kept), Decimal(0))
                best = min(best, nats + LOSS_CAP * (sum(counts) - sum(kept)))
    assert bound - Decimal("1e-30") * sum(counts) <= best  # it has 50 digits
    assert best - bound < Decimal(sum(sorted(counts)[:-1]))  # at most a nat for each rare sample


def test_a_set_of_one_class_leaves_nothing_to_gain() -> None:
    model, x = nn.Linear(1, 2), torch.ones(9, 1)
    evaluator = Evaluator(model, VerificationSet(Samples(x, torch.ones(9).long()), bytes(32)))
    weights = {"weight": torch.zeros(2, 1), "bias": torch.tensor([0.0, 1e3])}
    assert evaluator.loss(weights) == 0 > evaluator.constant.loss
    assert evaluator.correct(weights) == 9 == evaluator.constant.correct
