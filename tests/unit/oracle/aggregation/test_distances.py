"""Distances between updates: NumPy's, and bit for bit the same however they are computed."""

from fractions import Fraction
from math import frexp

import numpy as np
import pytest
import torch

from fedjury.oracle.aggregation.distances import squared_distance, squared_distances, tree_sum
from fedjury.protocol.tensors import Tensors
from tests.support.counted_updates import CountedUpdates
from tests.support.denormals import flushing
from tests.support.threads import on_1_2_and_4_threads
from tests.support.updates import flat, random_updates

ORIGIN = random_updates(1, seed=7)[0]


def on_the_grid(update: Tensors, origin: Tensors) -> tuple[Fraction, int, list[int], list[int]]:
    """The definition by whole numbers: s·2^-b, b, and H and L of each coordinate of a movement."""
    moves = (flat([update])[0] - flat([origin])[0]).tolist()
    bits = (53 - (4 * len(moves) - 1).bit_length()) // 2
    unit = Fraction(2) ** (frexp(max(map(abs, moves)))[1] - bits)
    high = [round(Fraction(move) / unit) for move in moves]
    both = zip(moves, high, strict=True)
    low = [round((Fraction(move) / unit - whole) * 2**bits) for move, whole in both]
    return unit, bits, high, low


def rounded(update: Tensors, origin: Tensors) -> list[Fraction]:
    """An update's movement on the grid of the definition, exactly."""
    unit, bits, high, low = on_the_grid(update, origin)
    both = zip(high, low, strict=True)
    return [unit * (whole + Fraction(rest, 2**bits)) for whole, rest in both]


def close_pair(size: int, apart: float) -> tuple[Tensors, list[Tensors]]:
    """A model, two updates that differ by little, and two others."""
    generator = torch.Generator().manual_seed(size)
    origin, step, nearby = (torch.randn(size, generator=generator) for _ in range(3))
    first = origin + 0.1 * step
    updates = [first, first + apart * nearby, origin - 0.1 * step, origin + 500 * nearby]
    return {"w": origin}, [{"w": update} for update in updates]


def test_distances_are_those_of_numpy_but_for_rounding() -> None:
    updates = random_updates(6)
    vectors = flat(updates)
    expected = ((vectors[:, None] - vectors[None]) ** 2).sum(axis=2)
    found = squared_distances(ORIGIN, updates)
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-11)
    assert torch.equal(found, found.T)
    assert torch.equal(found.diagonal(), torch.zeros(6, dtype=torch.float64))
    assert squared_distance(updates[0], updates[1]) == pytest.approx(expected[0, 1], rel=1e-13)


def test_they_are_the_exact_ones_of_rounded_movements_but_for_a_last_rounding() -> None:
    updates = [*random_updates(5), ORIGIN]
    updates[3] = {name: 900 * tensor for name, tensor in updates[3].items()}
    moves = [rounded(update, ORIGIN) for update in updates[:5]] + [[Fraction(0)] * 42]
    found = squared_distances(ORIGIN, updates)
    for i, ours in enumerate(moves):
        for j, theirs in enumerate(moves):
            exact = sum((a - b) ** 2 for a, b in zip(ours, theirs, strict=True))
            lengths = sum(a * a for a in ours) + sum(b * b for b in theirs)
            assert abs(Fraction(found[i, j].item()) - exact) <= lengths / 2**50


@pytest.mark.parametrize("size", [3, 1024, 1025, 4096, 5000])
def test_no_sum_is_rounded_even_where_all_movements_are_the_largest(size: int) -> None:
    generator = torch.Generator().manual_seed(size)
    origin = {"w": 1e-9 * torch.rand(size, generator=generator)}  # so that no bit of L is idle
    update = {"w": 1 - 0.01 * torch.rand(size, generator=generator)}
    unit, bits, high, low = on_the_grid(update, origin)
    highs, lows = np.array(high, dtype=object), np.array(low, dtype=object)
    assert ((highs + abs(lows)) ** 2).sum() <= 2**53
    sums = ((highs**2).sum(), (2 * highs * lows).sum(), (lows**2).sum())
    first, mixed, last = (float(each * unit**2) for each in sums)
    expected = first + (mixed * 2.0**-bits + last * 2.0 ** (-2 * bits))
    for at_a_time in (1, 100, 10**6):
        found = squared_distances(origin, [update, origin], at_a_time=at_a_time)
        assert found[0, 1].item() == expected


def test_a_weight_that_nobody_moves_costs_no_digits() -> None:
    origin, updates = close_pair(1000, 1e-3)
    expected = squared_distances(origin, updates)
    for tensors in (origin, *updates):
        tensors["v"] = torch.tensor([2.0**60] * 24)  # 1024 coordinates, with as many bits
    assert torch.equal(squared_distances(origin, updates), expected)


@pytest.mark.parametrize("apart", [1e-1, 1e-3, 1e-5, 3e-7])
def test_close_updates_lose_no_digits_to_others(apart: float) -> None:
    origin, updates = close_pair(20_000, apart)
    vectors = flat(updates)
    expected = ((vectors[0] - vectors[1]) ** 2).sum()
    found = squared_distances(origin, updates)
    assert found[0, 1].item() == pytest.approx(expected, rel=1e-9 if apart > 1e-4 else 1e-5)
    assert torch.equal(found[:3, :3], squared_distances(origin, updates[:3]))


def test_equal_updates_have_no_distance_and_none_is_negative() -> None:
    origin, updates = close_pair(1000, 2.0**-22)
    found = squared_distances(origin, [*updates, *updates])
    assert torch.equal(found[:4, 4:].diagonal(), torch.zeros(4, dtype=torch.float64))
    assert bool((found >= 0).all())
    assert not bool(found.signbit().any())
    assert torch.equal(squared_distances(origin, [origin] * 3), torch.zeros(3, 3).double())


@pytest.mark.parametrize("seed", range(20))
def test_updates_that_differ_in_a_last_digit_have_no_negative_distance(seed: int) -> None:
    update = torch.rand(4000, generator=torch.Generator().manual_seed(seed))
    update[0] = 1.0
    other = update.clone()
    other[0] -= 2.0**-24  # the grid of this one is half as wide
    found = squared_distances({"w": torch.zeros(4000)}, [{"w": update}, {"w": other}])
    assert 0 <= found[0, 1].item() <= 4000 * 2.0**-50


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("budget", [1, 42, 100, 10**6])
@pytest.mark.parametrize(("tile", "at_a_time"), [(1, 1), (2, 30), (3, 1), (4, 200), (9, 10**6)])
def test_how_many_lie_in_memory_does_not_matter(
    count: int, budget: int, tile: int, at_a_time: int
) -> None:
    updates = CountedUpdates(random_updates(count))
    found = squared_distances(ORIGIN, updates, budget=budget, tile=tile, at_a_time=at_a_time)
    assert torch.equal(found, squared_distances(ORIGIN, random_updates(count)))
    assert updates.reads == [1] * count


def test_the_order_of_updates_and_coordinates_does_not_matter() -> None:
    updates = random_updates(4)
    expected = squared_distances(ORIGIN, updates)
    assert torch.equal(squared_distances(ORIGIN, updates[::-1]), expected.flip(0, 1))

    def turned(tensors: Tensors) -> Tensors:
        return {name: tensor.flip(0) for name, tensor in tensors.items()}

    found = squared_distances(turned(ORIGIN), [turned(update) for update in updates])
    assert torch.equal(found, expected)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 1000, 4097])
def test_a_tree_sum_is_the_sum_of_its_branches(size: int) -> None:
    terms = torch.randn(size, generator=torch.Generator().manual_seed(size)).double() ** 2
    expected = tree_sum(terms)
    assert expected.item() == pytest.approx(terms.sum().item(), rel=1e-14)
    for width in (1, 2, 64, 4096):
        branches = [tree_sum(branch) for branch in torch.split(terms, width)]
        assert tree_sum(torch.stack(branches)) == expected


def test_threads_do_not_matter() -> None:
    generator = torch.Generator().manual_seed(3)
    updates = [{"w": torch.randn(100_003, generator=generator)} for _ in range(5)]
    found = on_1_2_and_4_threads(lambda: squared_distances(updates[0], updates[1:]))
    assert torch.equal(found[0], found[1])
    assert torch.equal(found[0], found[2])
    single = on_1_2_and_4_threads(lambda: squared_distance(updates[0], updates[1]))
    assert len(set(single)) == 1


def test_flushed_denormals_do_not_matter() -> None:
    updates = [{"w": 2.0**-126 * torch.tensor([1.0, 1 + 2.0**-23, 3.0])}, {"w": torch.zeros(3)}]
    found = []
    for on in (False, True):
        with flushing(on):
            found.append((squared_distances(updates[1], updates), squared_distance(*updates)))
    assert torch.equal(found[0][0], found[1][0])
    assert found[0][1] == found[1][1] > 0
