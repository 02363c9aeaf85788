"""What the selection rule makes of what it keeps: the new model and its share of the old one."""

import pytest
import torch
from hypothesis import given as given_any
from hypothesis import strategies

from fedjury.oracle.aggregation.averaging import mean, mix
from fedjury.oracle.aggregation.clipped import clipped_mean
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.judging import Terms, judge
from fedjury.oracle.rules.base import RuleInput, Ruling
from fedjury.oracle.rules.selection import SelectionRule
from fedjury.protocol.tensors import encode, shapes_of
from tests.support.candidates import candidates_of
from tests.support.fake_federation import verification, weights
from tests.support.fuzzing import FUZZ
from tests.support.plugins import linear
from tests.support.scores import MadeUpScores
from tests.support.toys import DEFAULT, goals, judge_toy, same_goal, table
from tests.support.updates import random_updates, weight

DAMPINGS = (0.0, 0.25, 0.5, 0.75, 0.875)

# --- the new model ---


def test_a_selection_with_a_share_of_the_old_keeps_what_the_plain_mean_cannot_bear() -> None:
    updates = [weight(1.0, 0.0), weight(1.1, 5.0)]
    ruling = judge_toy(same_goal(1.0, 1.0), weight(0.0, 0.0), updates)
    assert ruling.accepted == [True, True]
    assert ruling.mixing_weight == 0.5


def test_where_the_mean_overshoots_a_part_of_the_old_model_is_kept() -> None:
    updates = [weight(4.0), weight(4.0), weight(4.0)]
    ruling = judge_toy(same_goal(1.0), weight(0.0), updates)
    assert ruling.accepted == [True] * 3
    assert ruling.mixing_weight == 0.75
    assert DEFAULT.aggregate(weight(0.0), updates, ruling.mixing_weight)["w"].item() == 1


@pytest.mark.parametrize(
    ("better", "lam"),
    [(torch.tensor([1] * 100), 0.25), (torch.tensor([500] + [0] * 99), 0.0)],
)
def test_more_of_the_old_model_is_kept_only_where_that_is_clearly_better(
    better: torch.Tensor, lam: float
) -> None:
    # 6 is three quarters of 8, and better by the same everywhere, or by much in one sample
    scores = table({0: 2000, 1: 1500, 8: 1000, 6: 1000 - better})
    ruling = judge_toy(scores, weight(0.0), [weight(8.0)])
    assert (ruling.accepted, ruling.mixing_weight) == ([True], lam)


@pytest.mark.parametrize("lam", [0.0, 0.25, 0.9, 0.999999])
def test_mixing_weights_begin_with_the_tasks_own_and_keep_some_of_the_new(lam: float) -> None:
    mixing_weights = list(DEFAULT.mixing_weights(lam))
    assert mixing_weights[0] == lam
    assert mixing_weights == sorted(set(mixing_weights))
    assert mixing_weights[-1] < 1
    assert mixing_weights == pytest.approx([1 - (1 - lam) * (1 - damping) for damping in DAMPINGS])


@pytest.mark.parametrize("lam", [0.0, 0.25, 0.5, 0.9])
def test_the_share_chosen_is_one_of_the_mixing_weights(lam: float) -> None:
    chosen = set()
    for reach in (0.5, 1.0, 2.0, 5.0, 20.0, 100.0):
        ruling = judge_toy(same_goal(1.0), weight(0.0), [weight(reach / (1 - lam))], lam)
        assert ruling.mixing_weight in DEFAULT.mixing_weights(lam)
        chosen.add(ruling.mixing_weight)
    assert len(chosen) > 2


@pytest.mark.parametrize("lam", [0.0, 0.3])
def test_where_nothing_helps_nothing_is_accepted(lam: float) -> None:
    updates = [weight(3.0), weight(-1.0), weight(50.0)]
    scores = same_goal(1.0)
    # a short step of the first is still near enough to be right
    assert judge_toy(scores, weight(1.0), updates[:1], lam) == Ruling(6, [False], [6], lam)
    assert judge_toy(scores, weight(1.0), updates[2:], lam) == Ruling(6, [False], [0], lam)
    assert judge_toy(scores, weight(1.0), [updates[2]] * 2, lam).accepted == [False, False]
    # two that cancel out are welcome together
    assert judge_toy(scores, weight(1.0), updates[:2], lam).accepted == [True, True]


def test_a_lower_loss_does_not_pay_for_right_answers() -> None:
    scores = MadeUpScores(
        lambda tensors: 5 if tensors["w"].item() == 0 else 4,
        lambda tensors: (100 - tensors["w"][0]).to(torch.int64),
        10,
    )
    assert judge_toy(scores, weight(0.0), [weight(10.0)]) == Ruling(5, [False], [4], 0.0)


def test_no_updates_leave_nothing_to_choose() -> None:
    assert judge_toy(same_goal(1.0), weight(0.0), [], 0.5) == Ruling(0, [], [], 0.5)


def test_one_update_is_kept_if_it_helps() -> None:
    assert judge_toy(same_goal(1.0), weight(0.0), [weight(1.0)]) == Ruling(0, [True], [6], 0.0)
    assert judge_toy(same_goal(1.0), weight(0.0), [weight(-1.0)]).accepted == [False]


def test_the_aggregate_is_the_mean_clipped_and_mixed_with_the_old() -> None:
    current, updates = random_updates(1, seed=2)[0], random_updates(5)
    plain = DEFAULT.aggregate(current, updates, 0.25)
    assert encode(plain) == encode(mix(current, mean(updates), 0.25))
    clipped = SelectionRule(cap=1.5).aggregate(current, updates, 0.25)
    assert encode(clipped) == encode(mix(current, clipped_mean(current, updates, 1.5), 0.25))
    assert encode(clipped) != encode(plain)
    assert encode(SelectionRule(cap=2).aggregate(current, [], 0.3)) == encode(current)


def test_the_cap_takes_the_force_out_of_what_few_move() -> None:
    # the second weight matters to no sample, so nothing speaks against the last update
    goals = torch.tensor([[1.0]] * 6)
    scores = MadeUpScores(lambda _: 6, lambda w: (100 * (goals - w["w"][0]) ** 2).long()[:, 0], 6)
    updates = [weight(1.0, 0.0), weight(1.0, 0.0), weight(1.0, 1e3)]
    for cap, pushed in ((0, 1e3 / 3), (2, 0.0)):
        rule = SelectionRule(cap=cap)
        ruling = judge_toy(scores, weight(0.0, 0.0), updates, rule=rule)
        assert ruling.accepted == [True] * 3
        assert ruling.mixing_weight == 0
        model = rule.aggregate(weight(0.0, 0.0), updates, 0.0)
        assert model["w"].tolist() == pytest.approx([1.0, pushed])


def test_verdicts_hang_together() -> None:
    assert not SelectionRule.independent


VALUES = strategies.integers(-8, 8).map(lambda value: value / 2)
VECTORS = strategies.tuples(VALUES, VALUES)
RULES = [
    SelectionRule(),
    SelectionRule(z=0, slack=0),
    SelectionRule(z=10, slack=10),
    SelectionRule(cap=1.5),
]


@FUZZ
@given_any(
    strategies.lists(VECTORS, min_size=1, max_size=8),
    VECTORS,
    strategies.lists(VECTORS, max_size=7),
    strategies.sampled_from([0.0, 0.25, 0.5, 0.9]),
    strategies.sampled_from(RULES),
)
def test_the_new_model_is_never_worse_than_the_old(
    aims: list[tuple[float, float]],
    start: tuple[float, float],
    vectors: list[tuple[float, float]],
    lam: float,
    rule: SelectionRule,
) -> None:
    scores, current = goals(torch.tensor(aims)), weight(*start)
    updates = [weight(*vector) for vector in vectors]
    ruling = judge_toy(scores, current, updates, lam, rule)
    assert len(scores.evaluated) <= 13 * len(updates) + 13
    assert len(ruling.accepted) == len(ruling.correct) == len(updates)
    assert ruling.mixing_weight is not None
    assert ruling.mixing_weight in rule.mixing_weights(lam)
    accepted = [u for u, kept in zip(updates, ruling.accepted, strict=True) if kept]
    model = rule.aggregate(current, accepted, ruling.mixing_weight)
    assert scores.loss(model) <= scores.loss(current)
    assert scores.count(model) >= scores.count(current) == ruling.baseline
    if not accepted:
        assert ruling.mixing_weight == lam


# --- with a real evaluator ---


@pytest.mark.parametrize("cap", [0, 1.5])
def test_what_is_judged_is_posted_with_the_share_that_was_chosen(cap: float) -> None:
    # right about two classes, and firmly wrong about the third, which the old model knows
    current = weights()
    current["weight"] = torch.diag(torch.tensor([4.0, 0.0, 0.0]))
    updates = []
    for scale in (4.0, 4.1):
        update = weights(1, 2, scale=scale)
        update["weight"][1, 0] = 2.0
        updates.append(update)
    rule, scores = SelectionRule(cap=cap), Evaluator(linear(), verification())
    ruling = rule.judge(RuleInput(current, updates, 0.0, scores))
    assert ruling.accepted == [True, True]
    assert ruling.mixing_weight is not None
    assert ruling.mixing_weight > 0
    terms = Terms(shapes_of(current), 1e3, 0.0, rule)
    judged = judge(current, candidates_of(updates), terms, scores)
    assert judged.model_file == encode(rule.aggregate(current, updates, ruling.mixing_weight))
    assert judged.model_correct == scores.correct(judged.model) > judged.baseline_correct
    assert [verdict.correct for verdict in judged.verdicts] == list(ruling.correct)
