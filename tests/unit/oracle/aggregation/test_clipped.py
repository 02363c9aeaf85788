"""The clipped mean: against plain NumPy, and what no minority can move."""

import numpy as np
import pytest
import torch

from fedjury.oracle.aggregation.averaging import mean
from fedjury.oracle.aggregation.clipped import clipped_mean
from fedjury.protocol.tensors import Tensors
from tests.support.counted_updates import CountedUpdates
from tests.support.denormals import flushing
from tests.support.threads import on_1_2_and_4_threads
from tests.support.updates import random_updates, stacked, weight

CURRENT = random_updates(1, seed=2)[0]


def same(a: Tensors, b: Tensors) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 9, 10])
@pytest.mark.parametrize("cap", [0.5, 1, 2.5])
def test_it_is_what_numpy_says(count: int, cap: float) -> None:
    updates = random_updates(count)
    found = clipped_mean(CURRENT, updates, cap)
    assert found.keys() == CURRENT.keys()
    for name, tensor in found.items():
        origin = CURRENT[name].double().numpy()
        moves = stacked(updates, name) - origin
        limit = cap * np.sort(np.abs(moves), axis=0)[(count - 1) // 2]
        expected = origin + np.clip(moves, -limit, limit).mean(axis=0)
        assert tensor.dtype == torch.float64
        assert tensor.shape == CURRENT[name].shape
        np.testing.assert_allclose(tensor.numpy(), expected, rtol=1e-13, atol=1e-15)


def test_by_hand() -> None:
    # moves are 1, 2, 3 and 100; the lower median is 2, so nothing moves farther than 4
    updates = [weight(value) for value in (11.0, 12.0, 13.0, 110.0)]
    assert clipped_mean(weight(10.0), updates, 2)["w"].tolist() == [12.5]
    assert clipped_mean(weight(10.0), updates, 1)["w"].tolist() == [10 + 7 / 4]


@pytest.mark.parametrize(("count", "movers"), [(2, 1), (3, 1), (4, 2), (9, 4), (10, 5)])
@pytest.mark.parametrize("cap", [0.5, 999])
def test_a_weight_that_at_most_half_of_them_move_stays(count: int, movers: int, cap: float) -> None:
    current = weight(0.1, 0.1)
    updates = [weight(1e3, 0.7) for _ in range(movers)]
    updates += [weight(0.1, 0.2) for _ in range(count - movers)]
    stays, moves = clipped_mean(current, updates, cap)["w"]
    assert stays == current["w"][0].double()
    assert moves > current["w"][1].double()
    one_more = [weight(1e3, 0.7), *updates[:-1]]
    assert clipped_mean(current, one_more, cap)["w"][0] > current["w"][0].double()


@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_cap_of_0_is_the_plain_mean_to_the_bit(count: int) -> None:
    updates = random_updates(count)
    assert same(clipped_mean(CURRENT, updates, 0), mean(updates))


@pytest.mark.parametrize("cap", [1, 2.0, 999.0])
def test_one_update_is_its_own_mean(cap: float) -> None:
    (update,) = random_updates(1)
    found = clipped_mean(CURRENT, [update], cap)
    assert same({name: tensor.float() for name, tensor in found.items()}, update)


def test_a_cap_that_nothing_reaches_is_the_plain_mean_but_for_rounding() -> None:
    updates = [
        {name: origin + 0.1 + 0.01 * moved for name, origin, moved in _side_by_side(update)}
        for update in random_updates(6)
    ]
    found, expected = clipped_mean(CURRENT, updates, 999), mean(updates)
    for name, tensor in found.items():
        torch.testing.assert_close(tensor, expected[name], rtol=1e-14, atol=1e-15)


def _side_by_side(update: Tensors) -> list[tuple[str, torch.Tensor, torch.Tensor]]:
    return [(name, CURRENT[name], update[name]) for name in CURRENT]


def defined(current: Tensors, updates: list[Tensors], cap: float) -> Tensors:
    """The clipped mean as it is defined: movements cut and added in index order in float64."""
    found = {}
    for name, origin in current.items():
        moves = torch.stack([update[name].double() - origin.double() for update in updates])
        limit = moves.abs().sort(dim=0).values[(len(moves) - 1) // 2] * cap
        total = torch.zeros_like(limit)
        for row in moves:
            total = total + torch.minimum(torch.maximum(row, -limit), limit)
        found[name] = total / len(moves) + origin.double()
    return found


@pytest.mark.parametrize("count", [1, 2, 5, 300])
@pytest.mark.parametrize("at_a_time", [1, 20, 320, 10**6])
@pytest.mark.parametrize("budget", [1, 42, 45, 10**6])
def test_how_many_lie_in_memory_does_not_matter(count: int, at_a_time: int, budget: int) -> None:
    current = {**CURRENT, "b": torch.tensor([0.0, -0.0, 1.0])}
    updates = random_updates(count)
    for update in updates[: count // 2 + 1]:
        update["b"] = current["b"].clone()
    counted = CountedUpdates(updates)
    found = clipped_mean(current, counted, 1.5, budget=budget, at_a_time=at_a_time)
    expected = defined(current, updates, 1.5)
    for name, tensor in expected.items():
        assert found[name].numpy().tobytes() == tensor.numpy().tobytes()
    assert counted.reads == [1] * count


@pytest.mark.parametrize("cap", [1e-310, 2.0**-1074])
@pytest.mark.parametrize("on", [False, True])
def test_a_cap_that_a_processor_may_take_for_0_is_0(cap: float, on: bool) -> None:
    updates = random_updates(3)
    with flushing(on):
        assert same(clipped_mean(CURRENT, updates, cap), mean(updates))


def test_threads_do_not_matter() -> None:
    generator = torch.Generator().manual_seed(3)
    updates = [{"w": torch.randn(70_000, generator=generator)} for _ in range(5)]
    found = on_1_2_and_4_threads(lambda: clipped_mean(updates[0], updates[1:], 2.0))
    assert same(found[0], found[1])
    assert same(found[0], found[2])
