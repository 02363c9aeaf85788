"""Sums in order, and medians and trimmed means: the definition's bits, whatever lies in memory."""

import numpy as np
import pytest
import torch

from fedjury.oracle.aggregation.by_coordinate import (
    Result,
    Values,
    by_coordinate,
    sequential_sum,
)
from fedjury.oracle.aggregation.coordinates import flatten
from fedjury.oracle.aggregation.trimmed import trimmed_mean
from fedjury.protocol.tensors import Tensors
from tests.support.counted_updates import CountedUpdates
from tests.support.updates import random_updates


def defined(updates: list[Tensors], cut: int) -> torch.Tensor:
    """The trimmed mean as it is defined: sorted values added one after the other in float64."""
    rows = torch.stack([flatten(update) for update in updates]) + 0.0
    kept = rows.sort(dim=0).values[cut : len(rows) - cut].double()
    total = kept[0].clone()
    for row in kept[1:]:
        total = total + row
    return total / len(kept)


def uneven(count: int) -> list[Tensors]:
    """Updates of all magnitudes, with many equal values and zeros of both signs."""
    generator = torch.Generator().manual_seed(count)
    updates = random_updates(count)
    for update in updates:
        powers = torch.randint(-20, 8, update["a"].shape, generator=generator)
        update["a"] *= 10.0**powers
        update["c"] = torch.randint(-1, 2, (1, 2, 2), generator=generator) * -0.0
        update["b"] = torch.randint(-1, 2, (3,), generator=generator).float()
    return updates


@pytest.mark.parametrize("single", [True, False])
@pytest.mark.parametrize("count", [1, 2, 3, 8, 9, 100, 1000, 4097])
def test_terms_are_added_one_after_the_other(single: bool, count: int) -> None:
    spread = 10.0 ** np.random.default_rng(count).integers(-6, 7, (5, count))
    terms = np.random.default_rng(1).standard_normal((5, count)) * spread
    values: Values | Result = terms
    if single:
        values = terms.astype(np.float32)
    expected = [0.0] * 5
    for column in values.T.tolist():
        expected = [total + term for total, term in zip(expected, column, strict=True)]
    assert sequential_sum(values).tolist() == expected
    turned: Values | Result = values.T.copy().T
    assert sequential_sum(turned).tolist() == expected
    spaced = torch.from_numpy(values).repeat_interleave(2, dim=1).numpy()[:, ::2]
    assert sequential_sum(spaced).tolist() == expected


@pytest.mark.parametrize("count", [1, 2, 5, 6])
@pytest.mark.parametrize("budget", [1, 41, 42, 3 * 42, 10**6])
@pytest.mark.parametrize("at_a_time", [1, 7, 40, 10**6])
def test_how_many_lie_in_memory_does_not_matter(count: int, budget: int, at_a_time: int) -> None:
    for cut in range((count - 1) // 2 + 1):
        updates = CountedUpdates(uneven(count))
        found = trimmed_mean(updates, cut, budget=budget, at_a_time=at_a_time)
        assert found.numpy().tobytes() == defined(uneven(count), cut).numpy().tobytes()
        assert updates.reads == [1] * count


@pytest.mark.parametrize("count", [255, 256, 257, 600])
@pytest.mark.parametrize("budget", [5000, 10**6])
def test_many_updates_are_turned_in_pieces(count: int, budget: int) -> None:
    updates = uneven(count)
    for cut in (0, count // 5, (count - 1) // 2):
        found = trimmed_mean(updates, cut, budget=budget, at_a_time=4000)
        assert found.numpy().tobytes() == defined(updates, cut).numpy().tobytes()


def test_an_aggregate_gets_each_coordinates_values_and_its_place() -> None:
    updates, places = uneven(3), list[int]()

    def aggregate(values: Values, first: int) -> Result:
        places.append(first)
        found: Result = values[:, 2].astype(np.float64)
        values[:] = np.nan  # its own to change
        return found

    found = by_coordinate(updates, aggregate, at_a_time=3 * 20)
    assert torch.equal(found, flatten(updates[2]).double())
    assert places == [0, 20, 40]
    assert not any(tensor.isnan().any() for update in updates for tensor in update.values())


def test_updates_without_coordinates_have_an_empty_mean() -> None:
    assert trimmed_mean([{"e": torch.zeros(0, 3)}] * 3, 1).shape == (0,)
