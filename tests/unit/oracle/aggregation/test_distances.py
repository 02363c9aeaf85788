"""Distances between updates: NumPy's, and bit for bit the same however they are computed."""

import numpy as np
import pytest
import torch

from fedjury.oracle.aggregation.blocks import blocks
from fedjury.oracle.aggregation.distances import squared_distance, squared_distances, tree_sum
from tests.support.threads import on_1_2_and_4_threads
from tests.support.updates import flat, random_updates


def test_distances_are_those_of_numpy_but_for_rounding() -> None:
    updates = random_updates(6)
    vectors = flat(updates)
    expected = ((vectors[:, None] - vectors[None]) ** 2).sum(axis=2)
    found = squared_distances(updates)
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-13)
    assert torch.equal(found, found.T)
    assert torch.equal(found.diagonal(), torch.zeros(6, dtype=torch.float64))
    assert squared_distance(updates[0], updates[1]) == found[0, 1].item()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 1000, 4097])
def test_a_sum_is_the_same_bits_in_blocks_of_any_size(size: int) -> None:
    generator = torch.Generator().manual_seed(size)
    values = torch.randn(size, generator=generator)
    terms = values.double() ** 2
    expected = tree_sum(terms)
    assert expected.item() == pytest.approx(terms.sum().item(), rel=1e-14)
    for budget in (1, 2, 5, 64, 5000):
        branches = [tree_sum(block[0].double() ** 2) for block in blocks([{"w": values}], budget)]
        assert tree_sum(torch.stack(branches)) == expected


def test_threads_do_not_matter() -> None:
    generator = torch.Generator().manual_seed(3)
    updates = [{"w": torch.randn(100_003, generator=generator)} for _ in range(4)]
    found = on_1_2_and_4_threads(lambda: squared_distances(updates))
    assert torch.equal(found[0], found[1])
    assert torch.equal(found[0], found[2])
