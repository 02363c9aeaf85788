"""Loss: what it is, its cap, and its rounding. That it is the same everywhere: test_evaluator."""

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from fedjury.data import Samples
from fedjury.data.verification import VerificationSet
from fedjury.oracle.evaluation.evaluator import Engine, Evaluator
from fedjury.oracle.evaluation.losses import LOSS_CAP, LOSS_UNITS, LossQuantizer
from fedjury.protocol.tensors import Tensors

ENGINES: tuple[Engine, ...] = ("mixed", "float64")
EACH_ENGINE = pytest.mark.parametrize("engine", ENGINES)
SALT = bytes(range(32))
COUNT = 400


def _evaluator(engine: Engine, salt: bytes = SALT, x: torch.Tensor | None = None) -> Evaluator:
    """For a linear model of 3 inputs and 3 classes; all samples are alike unless x is given."""
    x = torch.ones(COUNT, 3) if x is None else x
    samples = Samples(x, torch.arange(len(x)) % 3)
    return Evaluator(nn.Linear(3, 3), VerificationSet(samples, salt), engine=engine)


def _constant(*logits: float) -> Tensors:
    """Weights that give every sample these logits."""
    return {"weight": torch.zeros(3, 3), "bias": torch.tensor(logits)}


@EACH_ENGINE
@pytest.mark.parametrize("scale", [0.1, 1.0, 5.0])
def test_it_is_the_cross_entropy_but_for_rounding(engine: Engine, scale: float) -> None:
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(COUNT, 3, generator=generator)
    tensors = {
        "weight": scale * torch.randn(3, 3, generator=generator),
        "bias": torch.zeros(3),
    }
    each = cross_entropy(x @ tensors["weight"].T, torch.arange(COUNT) % 3, reduction="none")
    expected = each.clamp(max=LOSS_CAP).sum().item() * LOSS_UNITS
    found = _evaluator(engine, x=x).loss(tensors)
    assert abs(found - expected) < 0.5 * COUNT**0.5 * 3  # rounding is off by at most 1/2 on average


@EACH_ENGINE
def test_a_sample_costs_at_most_the_cap(engine: Engine) -> None:
    worst = _evaluator(engine).loss(_constant(0.0, 400.0, 0.0))
    right = COUNT // 3  # class 1, which costs nothing
    assert worst == (COUNT - right) * LOSS_CAP * LOSS_UNITS


@EACH_ENGINE
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 3e38, 2000.0])
def test_what_is_no_number_or_too_large_costs_the_cap_even_where_it_is_right(
    engine: Engine, value: float
) -> None:
    everything = COUNT * LOSS_CAP * LOSS_UNITS
    assert _evaluator(engine).loss(_constant(value, 0.0, 0.0)) == everything
    assert _evaluator(engine).loss(
        {"weight": torch.full((3, 3), value), "bias": torch.zeros(3)}
    ) == (everything)


@EACH_ENGINE
def test_large_logits_that_cancel_cost_the_cap(engine: Engine) -> None:
    # 2^40 − 2^40 + 1: right to 2^-12 in float64, nothing at all in float32
    x = torch.ones(COUNT, 3)
    row = torch.tensor([2.0**40, 1.0, -(2.0**40)])
    tensors = {"weight": torch.stack([row, row, row]), "bias": torch.zeros(3)}
    assert _evaluator(engine, x=x).loss(tensors) == COUNT * LOSS_CAP * LOSS_UNITS


@EACH_ENGINE
def test_losses_far_below_a_unit_count_on_average(engine: Engine) -> None:
    x = torch.eye(3).repeat(COUNT, 1)
    evaluator, zero = _evaluator(engine, x=x), _constant(0.0, 0.0, 0.0)
    before = evaluator.loss(zero)
    assert abs(before / len(x) / LOSS_UNITS - 1.0986) < 0.002
    # each sample's loss falls by two thirds of this lead, a fifth of a unit: of 1200, 240 show it
    lead = 0.3 / LOSS_UNITS
    gained = before - evaluator.loss({**zero, "weight": lead * torch.eye(3)})
    assert 180 < gained < 300


def test_edges_are_the_samples_own_and_follow_from_the_salt() -> None:
    samples = Samples(torch.ones(1000, 3), torch.zeros(1000, dtype=torch.int64))
    edges = LossQuantizer.of(VerificationSet(samples, SALT)).edges
    assert len(set(edges.tolist())) == 1000
    assert 0 <= edges.min() < 0.01
    assert 0.99 < edges.max() < 1
    assert torch.equal(edges, LossQuantizer.of(VerificationSet(samples, SALT)).edges)
    assert not torch.equal(edges, LossQuantizer.of(VerificationSet(samples, bytes(32))).edges)


@EACH_ENGINE
def test_too_large_begins_where_only_the_jury_knows(engine: Engine) -> None:
    # logits of 512 to 1024: the edge is somewhere between, for another salt somewhere else
    def largest_trusted(salt: bytes) -> int:
        evaluator = _evaluator(engine, salt)
        everything = COUNT * LOSS_CAP * LOSS_UNITS
        trusted = [
            z
            for z in range(512, 1025, 16)
            if evaluator.loss(_constant(*[float(z)] * 3)) < everything
        ]
        assert trusted == list(range(512, 512 + 16 * len(trusted), 16))
        return trusted[-1]

    found = {largest_trusted(bytes([salt] * 32)) for salt in range(3)}
    assert len(found) == 3
