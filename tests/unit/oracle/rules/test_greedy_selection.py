"""Which updates the selection rule keeps: toys whose right choice is plain."""

import pytest
import torch

from fedjury.oracle.aggregation.averaging import mix
from fedjury.oracle.rules.selection import SelectionRule
from tests.support.scores import MadeUpScores
from tests.support.toys import goals, judge_toy, same_goal, table
from tests.support.updates import weight

SCATTER = torch.randn((30, 2), generator=torch.Generator().manual_seed(1))
GOALS = 1 + 0.2 * (SCATTER - SCATTER.mean(dim=0))  # around (1, 1)
DAMPINGS = 5  # new models that are evaluated of each selection

# --- one selection ---


def test_the_harmless_are_kept_and_the_harmful_are_not() -> None:
    updates = [weight(1.1, 0.9), weight(0.8, 1.2), weight(-9, 8), weight(1, 1), weight(0.9, 0.7)]
    scores = goals(GOALS)
    ruling = judge_toy(scores, weight(0.0, 0.0), updates)
    assert ruling.accepted == [True, True, False, True, True]
    assert ruling.baseline == scores.count(weight(0.0, 0.0))
    steps = [mix(weight(0.0, 0.0), update, 0.875) for update in updates]
    assert list(ruling.correct) == [scores.count(step) for step in steps]
    assert len(set(ruling.correct)) > 2
    assert ruling.mixing_weight == 0


def test_an_update_that_helps_only_beside_others_is_kept() -> None:
    # each forgets what the other knows, as on skewed shards
    current, updates = weight(0.5, 0.5), [weight(6.0, -4.0), weight(-4.0, 6.0)]
    scores = same_goal(1.0, 1.0)
    assert judge_toy(scores, current, updates[:1]).accepted == [False]
    assert judge_toy(scores, current, updates[1:]).accepted == [False]
    assert judge_toy(scores, current, updates).accepted == [True, True]


@pytest.mark.parametrize(("scores", "accepted"), [(goals(GOALS), True), (same_goal(1, 1), False)])
def test_an_update_is_rejected_for_more_than_chance_explains(
    scores: MadeUpScores, accepted: bool
) -> None:
    # the third moves the mean to 1.07: nothing against what scattered goals tell of their centre
    updates = [weight(1.0, 1.0), weight(1.0, 1.0), weight(1.2, 1.2)]
    ruling = judge_toy(scores, weight(2.0, 2.0), updates, rule=SelectionRule(slack=0))
    assert ruling.accepted == [True, True, accepted]


def test_slack_keeps_what_costs_little_beside_the_loss_itself() -> None:
    around = torch.tensor([[0.0], [2.0]] * 15 + [[1.0]])
    updates = [weight(1.0)] * 3 + [weight(2.0)]
    for slack, accepted in ((0.0, False), (50.0, True)):
        rule = SelectionRule(z=0.0, slack=slack)
        ruling = judge_toy(goals(around), weight(5.0), updates, rule=rule)
        assert list(ruling.accepted) == [True, True, True, accepted]


@pytest.mark.parametrize(
    ("updates", "joined"),
    [
        ([8.0, 12.0, 10.0], [10, 9, 10]),  # alone 1, 1.5 and 1.25: the goal first, then in order
        ([12.0, 8.0, 10.0], [10, 11, 9]),
        ([10.0, 10.0, 10.0], [10, 10, 10]),
    ],
)
def test_the_best_alone_comes_first_and_equals_in_order(
    updates: list[float], joined: list[float]
) -> None:
    scores = same_goal(1.25)
    judge_toy(scores, weight(0.0), [weight(update) for update in updates])
    evaluated = [tensors["w"].item() for tensors in scores.evaluated]
    assert evaluated[:4] == [0, *[update / 8 for update in updates]]
    assert evaluated[4:7] == joined


def test_what_the_first_look_rejects_the_second_may_keep() -> None:
    # towards 1: 22 makes it worse after 20 alone, but not once -39 is there
    scores = same_goal(1.0)
    ruling = judge_toy(scores, weight(0.0), [weight(22.0), weight(-39.0), weight(20.0)])
    assert [tensors["w"].item() for tensors in scores.evaluated[4:8]] == [20, 21, -9.5, 1]
    assert ruling.accepted == [True, True, True]


def test_little_harm_upon_little_harm_is_held_against_the_best() -> None:
    # the mean goes 1, 1.1, 1.2: each step is within the tolerance, both together are not
    around = torch.tensor([[0.0], [2.0]] * 15 + [[1.0]])
    updates = [weight(1.0), weight(1.2), weight(1.4)]
    rule = SelectionRule(z=0.3, slack=1.0)
    ruling = judge_toy(goals(around), weight(5.0), updates, rule=rule)
    assert ruling.accepted == [True, True, False]


# --- how much harm may pass ---

# A hundred samples, whose summed loss is 50,000 with a standard error of 5,000.
BEST = torch.tensor([0, 1000] * 50)


def one_sample(more: int) -> torch.Tensor:
    """All of the difference lies in one sample, which is chance."""
    return torch.tensor([more] + [0] * 99)


@pytest.mark.parametrize(
    ("slack", "gain", "lost", "kept"),
    [
        (0, 400, 0, True),
        (0, 400, -1, True),
        (0, 400, 1, False),  # the same on every sample
        (0.5, 400, 1, True),
        (0.5, 400, 25, True),  # half of a standard error
        (0.5, 400, 26, False),
        (1, 400, 26, True),
        (99, 400, 100, True),  # three quarters of the gain are left
        (99, 400, 101, False),
        (99, 4, 1, True),
        (99, 3, 1, False),
        (99, 0, 1, False),
        (0, 400, one_sample(19_000), True),
        # more than a quarter of the gain, yet no more than chance
        (0, 400, one_sample(21_000), True),
    ],
)
def test_harm_passes_within_the_slack_if_most_of_the_gain_is_left(
    slack: float, gain: int, lost: int | torch.Tensor, kept: bool
) -> None:
    # from 0: 8 is the better one alone and gains; with 40 the mean is 24
    scores = table({0: BEST + gain, 1: BEST, 5: BEST + 1, 8: BEST, 24: BEST + lost})
    rule = SelectionRule(slack=slack)
    ruling = judge_toy(scores, weight(0.0), [weight(40.0), weight(8.0)], rule=rule)
    assert ruling.accepted == [kept, True]
    assert ruling.mixing_weight == 0


# --- those that lead the wrong way ---


@pytest.mark.parametrize(
    ("alone", "together", "kept"),
    [
        (399, 25, True),  # leads the right way: may cost a little
        (400, 25, True),
        (401, 1, False),  # does not: may cost nothing,
        (401, 0, False),  # nor make no difference
        (401, one_sample(-100), False),  # nor one that may be chance
        (401, -1, True),
        (401, one_sample(-100) - 20, True),
    ],
)
def test_what_leads_the_wrong_way_is_kept_only_where_that_clearly_helps(
    alone: int, together: int | torch.Tensor, kept: bool
) -> None:
    scores = table({0: BEST + 400, 1: BEST, 5: BEST + alone, 8: BEST, 24: BEST + together})
    ruling = judge_toy(scores, weight(0.0), [weight(40.0), weight(8.0)])
    assert ruling.accepted == [kept, True]


# --- thinning ---


@pytest.mark.parametrize("others", [2, 3, 4, 9])
def test_the_best_alone_is_dropped_where_it_only_slows_the_others(others: int) -> None:
    # a short step of 80 is the goal itself, but the whole of it leads far past it
    scores = same_goal(10.0)
    ruling = judge_toy(scores, weight(0.0), [weight(80.0), *[weight(10.0)] * others])
    first = 2 + others  # after the old model and each alone
    assert [tensors["w"].item() for tensors in scores.evaluated[first : first + 2]] == [80, 45]
    assert ruling.accepted == [False, *[True] * others]
    assert ruling.mixing_weight == 0


def test_what_is_missed_least_is_dropped_first() -> None:
    # either of 8 and 16 is better dropped, but not both; 48 is the worst alone and needed
    losses: dict[float, int | torch.Tensor] = {0: 100, 1: 97, 2: 98, 6: 99}
    losses |= {8: 90, 12: 85, 24: 80}  # the selection: 8; 8 and 16; all three
    losses |= {28: 70, 32: 60, 48: 75}  # without 16; without 8; without both
    updates = [weight(8.0), weight(16.0), weight(48.0)]
    assert judge_toy(table(losses), weight(0.0), updates).accepted == [False, True, True]


def test_several_little_harms_are_held_against_what_it_is_without_all_of_them() -> None:
    # the two at 0 are the best alone; the mean is 0.8 with both, 8/9 with one, and 1 without.
    # Either step is within the slack, both together are not.
    around = torch.tensor([[0.0], [2.0]] * 15 + [[1.0]])
    updates = [weight(0.0)] * 2 + [weight(1.0)] * 8
    for slack, kept in ((1.0, [False, True]), (1.5, [True, True]), (0.3, [False, False])):
        rule = SelectionRule(z=0.0, slack=slack)
        ruling = judge_toy(goals(around), weight(5.0), updates, rule=rule)
        assert ruling.accepted == [*kept, *[True] * 8]


@pytest.mark.parametrize(("slack", "kept"), [(0.5, True), (0.4, False)])
def test_none_is_dropped_for_what_the_slack_lets_pass(slack: float, kept: bool) -> None:
    # 8, then the mean with 40, which is better; 40 without 8 is better still by 25 a sample
    scores = table({0: BEST + 400, 1: BEST, 5: BEST + 1, 8: BEST + 50, 24: BEST + 25, 40: BEST})
    rule = SelectionRule(slack=slack)
    ruling = judge_toy(scores, weight(0.0), [weight(8.0), weight(40.0)], rule=rule)
    assert ruling.accepted == [kept, True]


def test_the_last_one_stays_for_a_share_of_the_old_model() -> None:
    ruling = judge_toy(same_goal(1.0), weight(0.0), [weight(4.0)])
    assert ruling.accepted == [True]
    assert ruling.mixing_weight == 0.75


# --- how many selections ---


def one_selection(updates: int, kept: int, dropped: int = 0) -> int:
    """Evaluations where one selection is enough: alone, in two looks, without each, and mixed.

    Args:
        kept: by the selection itself.
        dropped: of them, each of which is then tried as the one to go, and as the one to take back.
    """
    thinned = 1 + kept + 2 * dropped
    return 1 + updates + (updates + updates - kept) + thinned + DAMPINGS


def test_where_all_are_welcome_one_selection_is_made() -> None:
    scores = same_goal(1.0, 1.0)
    assert all(judge_toy(scores, weight(0.0, 0.0), [weight(1.0, 1.0)] * 9).accepted)
    assert len(scores.evaluated) == one_selection(9, 9)


def test_those_that_lead_the_wrong_way_call_for_no_other_selection() -> None:
    scores = same_goal(1.0, 1.0)
    updates = [weight(1.0, 1.0)] * 3 + [weight(-3.0, -3.0)] * 9
    assert judge_toy(scores, weight(0.0, 0.0), updates).accepted == [True] * 3 + [False] * 9
    assert len(scores.evaluated) == one_selection(12, 3)


@pytest.mark.parametrize(("others", "enough"), [(3, False), (4, True), (5, True)])
def test_four_fifths_of_those_that_lead_the_right_way_are_enough(others: int, enough: bool) -> None:
    # 80 leads the right way too, and is dropped: all were in the subset when it was thinned out
    scores = same_goal(10.0)
    ruling = judge_toy(scores, weight(0.0), [weight(80.0), *[weight(10.0)] * others])
    assert ruling.accepted == [False, *[True] * others]
    assert (len(scores.evaluated) == one_selection(others + 1, others + 1, 1)) is enough


def test_where_one_is_kept_that_leads_the_wrong_way_other_selections_are_made() -> None:
    scores = same_goal(1.0, 1.0)
    updates = [weight(6.0, -4.0), weight(-4.0, 6.0)]
    for current, enough in ((weight(0.5, 0.5), False), (weight(-3.0, -3.0), True)):
        scores.evaluated.clear()
        ruling = judge_toy(scores, current, updates)
        assert ruling.accepted == [True, True]
        assert ruling.mixing_weight == 0
        assert (len(scores.evaluated) == one_selection(2, 2)) is enough


def test_where_a_part_of_the_old_model_helps_other_selections_are_made() -> None:
    scores = same_goal(1.0)
    ruling = judge_toy(scores, weight(0.0), [weight(4.0)] * 3)
    assert ruling.accepted == [True] * 3
    assert ruling.mixing_weight == 0.75
    assert len(scores.evaluated) > one_selection(3, 3)
