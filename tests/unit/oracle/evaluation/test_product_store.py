"""Products that are kept: in how much space, and how much of them is lost."""

import math

import pytest
import torch

from fedjury.oracle.evaluation.product_store import ProductStore, Stored

ROWS, OUTPUTS = 6, 4
FULL = ROWS * OUTPUTS * 4  # bytes of one update's products in float32


def _parts(seed: int = 0) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return list(torch.split(torch.randn(ROWS, OUTPUTS, generator=generator), 4))


def _joined(stored: Stored | None) -> torch.Tensor:
    assert stored is not None
    return torch.cat(list(stored.products()))


def _filled(budget: int, count: int = 3) -> ProductStore:
    store = ProductStore(count, ROWS, OUTPUTS, budget)
    for index in range(count):
        store.keep(index, _parts(index))
    return store


def test_where_there_is_room_products_are_kept_as_they_are() -> None:
    store = _filled(3 * FULL)
    for index in range(3):
        assert torch.equal(_joined(store[index]), torch.cat(_parts(index)))
        stored = store[index]
        assert stored is not None
        assert stored.lost() == 0
    assert store.full()
    assert store[3] is None


def test_where_there_is_less_they_take_half_of_it_and_lose_a_little() -> None:
    store = _filled(3 * FULL - 1)
    for index in range(3):
        stored, exact = store[index], torch.cat(_parts(index))
        assert stored is not None
        assert all(part.dtype == torch.int16 for part in stored.parts)
        lost = stored.lost()
        assert isinstance(lost, torch.Tensor)
        off = (_joined(stored).double() - exact.double()).norm(dim=1)
        assert (off <= lost).all()
        assert (lost < 1e-4 * exact.norm(dim=1)).all()


def test_where_there_is_too_little_the_first_ones_are_kept() -> None:
    store = _filled(FULL, count=5)
    assert [store[index] is not None for index in range(5)] == [True, True, False, False, False]
    nothing = _filled(1)
    assert nothing.full()
    assert nothing[0] is None


def _row_of_halves() -> torch.Tensor:
    """The largest number of steps, and half a step again and again."""
    return torch.tensor([[32767.0, *[2.5] * 63]]) * 2.0**-15


@pytest.mark.parametrize("scale", [1.0, 2.0**-100, 2.0**90])
def test_no_more_is_lost_than_that_and_nearly_as_much_can_be(scale: float) -> None:
    row = _row_of_halves() * scale
    stored = Stored.narrowed([row])
    lost = stored.lost()
    assert isinstance(lost, torch.Tensor)
    off = (_joined(stored).double() - row.double()).norm(dim=1)
    assert 0.9 * lost < off <= lost


def test_rows_of_random_numbers_lose_no_more_than_that() -> None:
    generator = torch.Generator().manual_seed(1)
    for scale in (1.0, 2.0**-80, 2.0**-125, 2.0**100):
        rows = torch.randn(200, 8, generator=generator) * scale
        rows *= torch.exp2(20 * torch.rand(200, 8, generator=generator) - 10)
        stored = Stored.narrowed([rows])
        lost = stored.lost()
        assert isinstance(lost, torch.Tensor)
        assert ((_joined(stored).double() - rows.double()).norm(dim=1) <= lost).all()


def test_zeros_are_kept_as_zeros() -> None:
    stored = Stored.narrowed([torch.zeros(2, 3)])
    assert torch.equal(_joined(stored), torch.zeros(2, 3))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_lost_whole(value: float) -> None:
    stored = Stored.narrowed([torch.tensor([[1.0, value], [1.0, 2.0]])])
    lost = stored.lost()
    assert isinstance(lost, torch.Tensor)
    assert lost.isfinite().tolist() == [False, True]
