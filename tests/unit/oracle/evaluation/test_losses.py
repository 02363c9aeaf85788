"""Loss: what it is, its cap, and its rounding. That it is the same everywhere: test_evaluator."""

import math
from decimal import Context, Decimal, localcontext

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from fedjury.data import Samples
from fedjury.data.verification import VerificationSet
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.evaluation.logits import Logits
from fedjury.oracle.evaluation.losses import LOSS_CAP, LOSS_UNITS, LossUnits, edges_of
from fedjury.protocol.tensors import Tensors

EITHER_WAY = pytest.mark.parametrize("by_reference", [False, True])
COUNT = 400
CAP = LOSS_CAP * LOSS_UNITS


def _evaluator(by_reference: bool, x: torch.Tensor | None = None) -> Evaluator:
    """For a linear model of 3 inputs and 3 classes; all samples are alike unless x is given."""
    x = torch.ones(COUNT, 3) if x is None else x
    verification = VerificationSet(Samples(x, torch.arange(len(x)) % 3), bytes(32))
    return Evaluator(nn.Linear(3, 3), verification, by_reference=by_reference)


def _constant(*logits: float) -> Tensors:
    """Weights that give every sample these logits."""
    return {"weight": torch.zeros(3, 3), "bias": torch.tensor(logits)}


def _exact_units(logits: list[float], label: int, edge: float) -> int:
    """The definition, with many digits."""
    with localcontext(Context(prec=400, Emin=-(10**9), Emax=10**9, traps=[])):
        leads = [Decimal(z) - Decimal(logits[label]) for z in logits]
        if max(leads) > 100:
            return CAP
        total = sum((lead.exp() for lead in leads), Decimal(0))
        return min(math.floor(total.ln() * LOSS_UNITS + Decimal(edge)), CAP)


# --- the definition ---


@EITHER_WAY
@pytest.mark.parametrize("scale", [0.1, 1.0, 5.0])
def test_it_is_the_cross_entropy_but_for_rounding(by_reference: bool, scale: float) -> None:
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(COUNT, 3, generator=generator)
    tensors = {
        "weight": scale * torch.randn(3, 3, generator=generator),
        "bias": torch.zeros(3),
    }
    each = cross_entropy(x @ tensors["weight"].T, torch.arange(COUNT) % 3, reduction="none")
    expected = each.clamp(max=LOSS_CAP).sum().item() * LOSS_UNITS
    found = _evaluator(by_reference, x).loss(tensors)
    assert abs(found - expected) < 0.5 * COUNT**0.5  # edges are spread evenly


@pytest.mark.parametrize("scale", [2.0**-60, 1e-3, 1.0, 8.0, 300.0, 2.0**200])
def test_every_unit_is_that_of_the_real_number(scale: float) -> None:
    generator = torch.Generator().manual_seed(3)
    logits = scale * torch.randn(200, 5, generator=generator, dtype=torch.float64)
    y = torch.randint(5, (200,), generator=generator)
    units = LossUnits.of(y).decide(logits)
    edges = edges_of(200)
    expected = [
        _exact_units(row.tolist(), int(label), float(edge))
        for row, label, edge in zip(logits, y, edges, strict=True)
    ]
    assert units.tolist() == expected


@pytest.mark.parametrize("off", [0, 2.0**-52, -(2.0**-52), 2.0**-45, 1e-9, -1e-9])
def test_units_at_their_very_edges_are_decided_by_digits(off: float) -> None:
    # a lead whose loss is a whole number of units to the last digit of float64, or just beside it
    question = LossUnits(torch.tensor([0]), torch.tensor([0.0], dtype=torch.float64))
    for unit in (1, 37, 128, 1000):
        lead = math.log(math.expm1(unit / LOSS_UNITS)) * (1 + off)
        logits = torch.tensor([[0.0, lead]], dtype=torch.float64)
        _, proven = question.settle(Logits(logits, torch.zeros(1, dtype=torch.float64)))
        assert bool(proven) == (abs(off) > 2.0**-40)
        assert int(question.decide(logits)) == _exact_units([0.0, lead], 0, 0.0)


# --- what logits with an error prove ---


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("apart", [1e-6, 1e-4, 1e-2, 0.3])
def test_what_is_proven_holds_wherever_the_logits_really_are(
    dtype: torch.dtype, apart: float
) -> None:
    generator = torch.Generator().manual_seed(4)
    logits = (4 * torch.randn(600, 5, generator=generator)).to(dtype)
    question = LossUnits.of(torch.randint(5, (600,), generator=generator))
    units, proven = question.settle(Logits(logits, torch.full((600,), apart).double()))
    # all the others up and the label down, and the other way round: the farthest that losses move
    side = torch.ones(600, 5, dtype=torch.float64).scatter(1, question.y[:, None], -1.0) / 2
    for moved in (apart * side, -apart * side, 0 * side):
        exact = question.decide(logits.double() + moved)
        assert torch.equal(exact[proven], units[proven])
    assert int(proven.sum()) > 0
    assert apart < 1e-4 or int(proven.sum()) < 600


def test_a_small_error_leaves_confident_samples_proven() -> None:
    logits = torch.tensor([[9.0, 0.0]]).repeat(1000, 1)
    question = LossUnits.of(torch.zeros(1000, dtype=torch.int64))
    _, proven = question.settle(Logits(logits, torch.full((1000,), 0.01).double()))
    assert int(proven.sum()) > 995


@pytest.mark.parametrize("apart", [math.inf, math.nan, 0.6])
def test_an_error_that_is_large_or_unknown_proves_nothing(apart: float) -> None:
    logits = torch.tensor([[900.0, 0.0], [0.0, 900.0]])
    question = LossUnits.of(torch.tensor([0, 0]))
    _, proven = question.settle(Logits(logits, torch.full((2,), apart).double()))
    assert not proven.any()


@pytest.mark.parametrize("value", [math.inf, math.nan])
def test_logits_that_are_no_numbers_prove_nothing(value: float) -> None:
    logits = torch.tensor([[value, 0.0], [0.0, value]])
    question = LossUnits.of(torch.tensor([0, 0]))
    _, proven = question.settle(Logits(logits, torch.zeros(2).double()))
    assert not proven.any()
    assert question.decide(logits.double()).tolist() == [CAP, CAP]


# --- the cap ---


@EITHER_WAY
def test_a_sample_costs_at_most_the_cap(by_reference: bool) -> None:
    worst = _evaluator(by_reference).loss(_constant(0.0, 400.0, 0.0))
    right = COUNT // 3  # class 1, which costs nothing
    assert worst == (COUNT - right) * CAP


@EITHER_WAY
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_costs_the_cap(by_reference: bool, value: float) -> None:
    everything = COUNT * CAP
    assert _evaluator(by_reference).loss(_constant(value, value, value)) == everything
    whole = {"weight": torch.full((3, 3), value), "bias": torch.zeros(3)}
    assert _evaluator(by_reference).loss(whole) == everything


@EITHER_WAY
def test_the_size_of_logits_does_not_matter_but_their_differences_do(by_reference: bool) -> None:
    evaluator = _evaluator(by_reference)
    small, large = _constant(0.0, 1.0, 2.0), _constant(1e6, 1e6 + 1, 1e6 + 2)
    assert torch.equal(evaluator.losses(small), evaluator.losses(large))


# --- rounding ---


@EITHER_WAY
def test_losses_far_below_a_unit_count_on_average(by_reference: bool) -> None:
    x = torch.eye(3).repeat(COUNT, 1)
    evaluator, zero = _evaluator(by_reference, x), _constant(0.0, 0.0, 0.0)
    before = evaluator.loss(zero)
    assert abs(before / len(x) / LOSS_UNITS - 1.0986) < 0.0005
    # each sample's loss falls by two thirds of this lead, a fifth of a unit: of 1200, 240 show it
    lead = 0.3 / LOSS_UNITS
    gained = before - evaluator.loss({**zero, "weight": lead * torch.eye(3)})
    assert 230 < gained < 250


def test_edges_are_spread_evenly_and_are_nobodys_secret() -> None:
    edges = edges_of(1000)
    assert len(set(edges.tolist())) == 1000
    gaps = edges.sort().values.diff()
    assert gaps.max() < 3 / 1000  # random ones leave gaps of 7 / 1000
    assert [f"{edge:.4f}" for edge in edges[:4].tolist()] == [
        "0.0000",
        "0.6180",
        "0.2361",
        "0.8541",
    ]
    assert torch.equal(edges[:10], edges_of(10))
