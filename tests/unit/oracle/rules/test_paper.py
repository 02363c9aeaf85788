"""The paper's rule: what raises accuracy is accepted, and the accepted are averaged."""

import math
from dataclasses import dataclass

import pytest
import torch
from hypothesis import given as given_any
from hypothesis import strategies

from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.rules.base import RuleInput, Ruling
from fedjury.oracle.rules.paper import PaperRule
from fedjury.protocol.tensors import Tensors, encode
from tests.support.fake_federation import verification, weights
from tests.support.fuzzing import FUZZ
from tests.support.plugins import linear
from tests.support.raising_modules import fragile
from tests.support.scores import MadeUpScores, made_up_constant
from tests.support.updates import weight


def _judge(current: float, updates: list[float], lam: float) -> tuple[Ruling, list[float]]:
    """Judge where correct() is the weight itself; also what was evaluated."""
    scores = MadeUpScores(lambda weights: int(weights["w"].item()))
    given = RuleInput(weight(current), [weight(u) for u in updates], lam, scores)
    ruling = PaperRule().judge(given)
    return ruling, [weights["w"].item() for weights in scores.counted]


def test_only_what_is_strictly_better_is_accepted() -> None:
    ruling, _ = _judge(10, [9, 10, 11, 12], lam=0.0)
    assert ruling == Ruling(10, [False, False, True, True], [9, 10, 11, 12])


def test_what_is_evaluated_is_the_mixture() -> None:
    ruling, evaluated = _judge(10, [12, 8, 30], lam=0.5)
    assert evaluated == [10, 11, 9, 20]
    assert list(ruling.accepted) == [True, False, True]


def test_every_update_is_held_against_the_old_model_not_against_the_others() -> None:
    ruling, _ = _judge(10, [50, 11], lam=0.0)
    assert list(ruling.accepted) == [True, True]


def test_no_updates_still_have_a_baseline() -> None:
    assert _judge(10, [], lam=0.5)[0] == Ruling(10, [], [])


def test_the_aggregate_is_the_mean_over_the_accepted_mixed_with_the_old() -> None:
    model = PaperRule().aggregate(weight(1), [weight(4), weight(8)], 0.25)
    assert model["w"].item() == 0.25 * 1 + 0.75 * 6


def test_with_nothing_accepted_the_model_stays() -> None:
    current = weight(0.1)
    assert encode(PaperRule().aggregate(current, [], 0.3)) == encode(current)


# --- the best constant answer ---


@pytest.mark.parametrize("constant", [9, 10, 11, 500])
def test_what_a_constant_answer_gets_right_has_to_be_beaten_too(constant: int) -> None:
    for z in (0.0, 1e-9):
        scores = MadeUpScores(
            lambda tensors: int(tensors["w"].item()), constant=made_up_constant(constant, 0)
        )
        updates = [weight(9), weight(10), weight(11), weight(12), weight(501)]
        ruling = PaperRule(z).judge(RuleInput(weight(10), updates, 0.0, scores))
        assert ruling.baseline == max(10, constant)
        assert ruling.correct == [9, 10, 11, 12, 501]
        assert ruling.accepted == [count > max(10, constant) for count in ruling.correct]


# --- z ---


@dataclass
class Answers(MadeUpScores):
    """Scores where the weights themselves say which samples are right: 1, or 0."""

    def correct_mask(self, weights: Tensors) -> torch.Tensor:
        return weights["w"] > 0.5


def _answers(before: list[bool], constant: list[bool] | None = None) -> Answers:
    never = made_up_constant(0, 0, len(before))
    scores = Answers(lambda tensors: int(tensors["w"].sum()), samples=len(before), constant=never)
    if constant is not None:
        scores.constant = type(never)(torch.tensor(constant), sum(constant), 0)
    return scores


def _accepts(before: list[bool], after: list[bool], z: float, **more: list[bool]) -> bool:
    scores = _answers(before, **more)
    given = RuleInput(weight(*before), [weight(*after)], 0.0, scores)
    ruling = PaperRule(z).judge(given)
    assert ruling.correct == [sum(after)]
    return ruling.accepted[0]


MASKS = strategies.integers(1, 40).flatmap(
    lambda size: strategies.tuples(
        *[strategies.lists(strategies.booleans(), min_size=size, max_size=size)] * 2
    )
)
ZS = strategies.floats(0, 8)


@FUZZ
@given_any(MASKS, ZS, ZS)
def test_more_z_never_accepts_more_and_none_is_the_papers_rule(
    masks: tuple[list[bool], list[bool]], one: float, other: float
) -> None:
    before, after = masks
    assert _accepts(before, after, 0.0) == (sum(after) > sum(before))
    assert _accepts(before, after, 5e-324) == (sum(after) > sum(before))
    if _accepts(before, after, max(one, other)):
        assert _accepts(before, after, min(one, other))
    assert not _accepts(before, before, one)


@FUZZ
@given_any(MASKS, ZS)
def test_of_two_models_at_most_one_is_clearly_better(
    masks: tuple[list[bool], list[bool]], z: float
) -> None:
    before, after = masks
    assert not (_accepts(before, after, z) and _accepts(after, before, z))
    # which samples they are does not matter, nor those that both get right or both wrong
    order = sorted(range(len(before)), key=lambda place: (place * 7) % 11)
    moved = [before[place] for place in order], [after[place] for place in order]
    assert _accepts(*moved, z) == _accepts(before, after, z)
    both = [True, False, True]
    assert _accepts(before + both, after + both, z) == _accepts(before, after, z)


@pytest.mark.parametrize(("won", "lost", "z"), [(4, 0, 2), (6, 3, 1), (10, 6, 1), (25, 0, 5.0)])
def test_exactly_z_standard_errors_are_not_enough(won: int, lost: int, z: float) -> None:
    before, after = [False] * won + [True] * lost, [True] * won + [False] * lost
    assert not _accepts(before, after, z)
    assert not _accepts(before, after, math.nextafter(z, math.inf))
    assert _accepts(before, after, math.nextafter(z, 0))


def test_where_a_constant_answer_is_better_samples_are_compared_with_its_own() -> None:
    before = [True] + [False] * 8
    constant = [False] * 5 + [True] * 4
    after = [False] * 2 + [True] * 7
    # 7 won and 1 lost against the model before, 3 won and none lost against the constant answer
    assert _accepts(before, after, 2.0)
    assert not _accepts(before, after, 2.0, constant=constant)
    assert _accepts(before, after, 1.7, constant=constant)
    # one that is no better than the model before stays out of it
    assert _accepts(before, after, 2.0, constant=[False] * 8 + [True])


@pytest.mark.parametrize("module", [linear, fragile], ids=["with a plan", "without"])
@pytest.mark.parametrize("z", [1e-9, 0.9, 1.9, 2.5])
def test_what_is_counted_is_the_same_with_z(module: object, z: float) -> None:
    updates = [weights(0, 1), weights(), weights(0, 1, 2, scale=4.0), weights(1, 2, scale=4.0)]
    scores = Evaluator(module(), verification())  # type: ignore[operator]
    given = RuleInput(weights(0), updates, 0.5, scores)
    plain, ruling = PaperRule().judge(given), PaperRule(z).judge(given)
    assert (ruling.baseline, ruling.correct) == (2, [4, 2, 6, 4])
    assert (plain.baseline, plain.correct) == (2, [4, 2, 6, 4])
    changes = [(2, 0), (0, 0), (4, 0), (4, 2)]  # won and lost
    assert ruling.accepted == [
        won > lost and (won - lost) ** 2 > z * z * (won + lost) for won, lost in changes
    ]
