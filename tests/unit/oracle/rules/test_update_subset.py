"""Subsets: whichever update joins and leaves, what is evaluated is the mean of those left."""

import pytest
import torch

from fedjury.oracle.aggregation.averaging import mean, mix
from fedjury.oracle.rules.base import RuleInput
from fedjury.oracle.rules.update_subset import UpdateSubset
from fedjury.protocol.tensors import Tensors
from tests.support.scores import MadeUpScores
from tests.support.updates import random_updates, weight


def scores() -> MadeUpScores:
    return MadeUpScores(lambda _: 7, lambda tensors: tensors["w"].sum().long(), 2)


def start(given: RuleInput, mixing_weight: float) -> UpdateSubset:
    """The empty subset."""
    blends = given.scores.blends(given.current, given.updates)
    return UpdateSubset.empty(given, blends, mixing_weight)


def evaluated(subset: UpdateSubset) -> Tensors:
    """The weights that an evaluation of it asks about."""
    asked = subset.given.scores
    assert isinstance(asked, MadeUpScores)
    subset.evaluation()
    return asked.evaluated[-1]


def whole(count: int) -> list[Tensors]:
    """Updates of small whole numbers, which any order sums up to the same."""
    return [
        {name: (4 * tensor).round() for name, tensor in update.items()}
        for update in random_updates(count)
    ]


@pytest.mark.parametrize("lam", [0.0, 0.25, 0.9])
@pytest.mark.parametrize(
    ("joining", "leaving"),
    [([2], []), ([3, 0, 1], []), ([4, 3, 2, 1, 0], [2]), ([1, 4, 0, 2], [1, 0]), ([3, 1], [3])],
)
def test_what_is_evaluated_is_the_mean_of_its_updates(
    lam: float, joining: list[int], leaving: list[int]
) -> None:
    current, updates = random_updates(1, seed=2)[0], whole(5)
    made = scores()
    made.each = lambda _: torch.tensor(1)
    subset = start(RuleInput(current, updates, 0.0, made), lam)
    for index in joining:
        subset = subset.with_one(index)
    for index in leaving:
        subset = subset.without(index)
    indexes = sorted(set(joining) - set(leaving))
    assert subset.indexes == frozenset(indexes)
    expected = mix(current, mean([updates[index] for index in indexes]), lam)
    found = evaluated(subset)
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_an_evaluation_is_of_the_mixed_mean() -> None:
    given = RuleInput(weight(8.0), [weight(2.0), weight(4.0)], 0.0, scores())
    found = start(given, 0.5).with_one(0).with_one(1).evaluation()
    assert (found.losses.tolist(), found.correct) == ([5, 5], 7)


def test_an_empty_subset_is_the_old_model() -> None:
    given = RuleInput(weight(8.0), [weight(2.0)], 0.0, scores())
    empty = start(given, 0.5)
    assert evaluated(empty) is given.current
    assert evaluated(empty.with_one(0).without(0)) is given.current


def test_one_that_joins_or_leaves_changes_neither_subset_nor_update() -> None:
    updates = [weight(2.0), weight(4.0)]
    alone = start(RuleInput(weight(0.0), updates, 0.0, scores()), 0.0).with_one(0)
    both = alone.with_one(1)
    both.without(0)
    assert evaluated(alone)["w"].item() == 2
    assert evaluated(both)["w"].item() == 3
    assert [update["w"].item() for update in updates] == [2, 4]


def test_a_large_update_takes_nothing_along_when_it_leaves() -> None:
    # in float32 the large one would swallow the others
    updates = [weight(2.0**24), weight(1.0), weight(1.0)]
    subset = start(RuleInput(weight(0.0), updates, 0.0, scores()), 0.0)
    left = subset.with_one(0).with_one(1).with_one(2).without(0)
    assert evaluated(left)["w"].item() == 1
