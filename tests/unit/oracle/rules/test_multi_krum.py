"""Multi-Krum: hand-made cases and a plain reference."""

import numpy as np
import pytest

from fedjury.oracle.aggregation.averaging import mean, mix
from fedjury.oracle.rules.base import RuleInput
from fedjury.oracle.rules.multi_krum import MultiKrumRule
from fedjury.protocol.tensors import encode
from tests.support.scores import MadeUpScores
from tests.support.updates import flat, random_updates, weight


def plain_krum(vectors: np.ndarray, strangers: int) -> list[int]:
    """Blanchard et al. as it is written: the n − f lowest sums over the n − f − 2 nearest."""
    count = len(vectors)
    scores = []
    for i in range(count):
        distances = [np.sum((vectors[i] - vectors[j]) ** 2) for j in range(count) if j != i]
        scores.append(sum(sorted(distances)[: count - strangers - 2]))
    return [int(place) for place in np.argsort(scores, kind="stable")[: count - strangers]]


@pytest.mark.parametrize(("count", "share", "strangers"), [(5, 0.2, 1), (7, 0.3, 2), (10, 0.3, 3)])
@pytest.mark.parametrize("seed", range(5))
def test_it_chooses_what_the_plain_reference_does(
    count: int, share: float, strangers: int, seed: int
) -> None:
    updates = random_updates(count, seed)
    assert MultiKrumRule(share).choose(updates[0], updates) == plain_krum(flat(updates), strangers)


def test_far_ones_are_left_out_and_the_model_is_the_mean_of_the_others() -> None:
    updates = [weight(value) for value in (0.0, 50.0, 1.0, 2.0, -60.0, 3.0, 1.5)]
    scores = MadeUpScores(lambda weights: int(weights["w"].item()))
    ruling = MultiKrumRule().judge(RuleInput(weight(10), updates, 0.5, scores))
    assert ruling.accepted == [True, False, True, True, False, True, True]
    assert ruling.baseline == 10
    assert list(ruling.correct) == [5, 30, 5, 6, -25, 6, 5]
    kept = [u for u, accepted in zip(updates, ruling.accepted, strict=True) if accepted]
    model = MultiKrumRule().aggregate(weight(10), kept, 0.5)
    assert encode(model) == encode(mix(weight(10), mean(kept), 0.5))


def test_scores_by_hand() -> None:
    # f = 1, so 2 nearest of 0, 1, 3, 7, 20 count: 10, 5, 13, 52, 458
    updates = [weight(value) for value in (0.0, 1.0, 3.0, 7.0, 20.0)]
    assert MultiKrumRule(0.2).choose(weight(2.0), updates) == [1, 0, 2, 3]


def test_equal_scores_go_in_order() -> None:
    corners = [weight(*corner) for corner in ((0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, 0.0))]
    assert MultiKrumRule(0.25).choose(weight(0.5, 0.5), corners) == [0, 1, 2]
    assert MultiKrumRule(0.25).choose(weight(1.0), [weight(1.0)] * 4) == [0, 1, 2]


@pytest.mark.parametrize("byzantine", [0, 0.3, 0.5, 0.99])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4])
def test_few_updates_can_be_judged_as_well(byzantine: float, count: int) -> None:
    updates = random_updates(count)
    chosen = MultiKrumRule(byzantine).choose(random_updates(1, seed=2)[0], updates)
    assert len(chosen) == count - int(byzantine * count)
    assert len(set(chosen)) == len(chosen)


def test_no_update_is_accepted_where_there_is_none() -> None:
    current = weight(0.5)
    assert encode(MultiKrumRule().aggregate(current, [], 0.5)) == encode(current)


def test_verdicts_hang_together() -> None:
    assert not MultiKrumRule.independent
