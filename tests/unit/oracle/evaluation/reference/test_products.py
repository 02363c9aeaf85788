"""Products of matrices: one result in any order, close to the exact one."""

import math
from fractions import Fraction

import pytest
import torch

from fedjury.oracle.evaluation.reference.products import multiply, relative_error, slice_bits

WIDTHS = [1, 2, 3, 64, 100, 1000]


def _numbers(*shape: int, seed: int = 0, spread: float = 0.0) -> torch.Tensor:
    """Normal float64 numbers, times e^(spread · another one)."""
    generator = torch.Generator().manual_seed(seed)
    numbers = torch.randn(shape, generator=generator, dtype=torch.float64)
    return numbers * (spread * torch.randn(shape, generator=generator, dtype=torch.float64)).exp()


def _exact(row: torch.Tensor, column: torch.Tensor) -> Fraction:
    terms = zip(row.tolist(), column.tolist(), strict=True)
    return sum((Fraction(x) * Fraction(y) for x, y in terms), Fraction(0))


def _cancelling(k: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A row and a column whose large products cancel out, so that small ones are the result."""
    half = _numbers(k // 2, seed=1, spread=3)
    small = _numbers(k - 2 * (k // 2), seed=2) * 2.0**-30
    row = torch.cat([half, half, small])
    column = torch.cat([_numbers(k // 2, seed=3), -_numbers(k // 2, seed=3), small])
    return row[None], column[:, None]


@pytest.mark.parametrize("k", WIDTHS)
def test_an_entry_is_as_close_to_the_exact_one_as_promised(k: int) -> None:
    for spread in (0.0, 5.0):
        a, b = _numbers(4, k, spread=spread), _numbers(k, 5, seed=1, spread=spread)
        result = multiply(a, b)
        for i in range(4):
            for j in range(5):
                error = abs(Fraction(result[i, j].item()) - _exact(a[i], b[:, j]))
                assert error <= relative_error(k) * float(a[i].norm() * b[:, j].norm())


@pytest.mark.parametrize("k", WIDTHS[1:])
def test_a_sum_that_cancels_out_is_as_close_as_promised(k: int) -> None:
    a, b = _cancelling(k)
    error = abs(Fraction(multiply(a, b).item()) - _exact(a[0], b[:, 0]))
    assert error <= relative_error(k) * float(a.norm() * b.norm())


def test_a_product_of_few_bits_is_exact() -> None:
    generator = torch.Generator().manual_seed(0)
    a = torch.randint(-1000, 1000, (7, 300), generator=generator)
    b = torch.randint(-1000, 1000, (300, 5), generator=generator)
    assert torch.equal(multiply(a.double(), b.double()), (a @ b).double())


def test_the_bound_is_not_far_above_errors_that_occur() -> None:
    # one entry sets the grid; the others are nearly half a step: their products are left out
    k = 1024
    entries = torch.full((k,), 0.498 * 2.0 ** -slice_bits(k), dtype=torch.float64)
    entries[0] = 0.5
    found = Fraction(multiply(entries[None], entries[:, None]).item())
    error = abs(found - _exact(entries, entries))
    assert error > relative_error(k) * float(entries.norm()) ** 2 / 2


@pytest.mark.parametrize("k", WIDTHS)
def test_slices_leave_room_for_their_sum(k: int) -> None:
    bits = slice_bits(k)
    assert k * 2 ** (2 * bits) <= 2**53
    assert k * 2 ** (2 * bits + 2) > 2**51


@pytest.mark.parametrize("k", WIDTHS)
def test_the_order_of_terms_does_not_matter(k: int) -> None:
    a, b = _numbers(6, k, spread=4), _numbers(k, 6, seed=1, spread=4)
    order = torch.randperm(k, generator=torch.Generator().manual_seed(2))
    assert torch.equal(multiply(a[:, order], b[order]), multiply(a, b))


def test_the_order_of_terms_does_matter_to_torch() -> None:
    a, b = _numbers(6, 1000, spread=4), _numbers(1000, 6, seed=1, spread=4)
    order = torch.randperm(1000, generator=torch.Generator().manual_seed(2))
    assert not torch.equal(a[:, order] @ b[order], a @ b)


def test_rows_and_columns_do_not_depend_on_their_neighbours() -> None:
    a, b = _numbers(600, 50, spread=2), _numbers(50, 40, seed=1, spread=2)
    a[3] *= 2.0**900
    a[4] *= 2.0**-700
    b[:, 5] *= 2.0**800
    whole = multiply(a, b)
    for i in (0, 3, 4, 599):
        for j in (0, 5, 39):
            assert torch.equal(multiply(a[i : i + 1], b[:, j : j + 1])[0, 0], whole[i, j])


def test_strides_do_not_matter() -> None:
    a, b = _numbers(9, 20), _numbers(20, 8, seed=1)
    expected = multiply(a, b)
    assert torch.equal(multiply(a.t().contiguous().t(), b.t().contiguous().t()), expected)
    assert torch.equal(multiply(torch.cat([a, a], 1)[:, :20], torch.cat([b, b])[20:]), expected)


def test_batches_broadcast() -> None:
    a, b = _numbers(2, 1, 5, 7), _numbers(3, 7, 4, seed=1)
    result = multiply(a, b)
    assert result.shape == (2, 3, 5, 4)
    for i in range(2):
        for j in range(3):
            assert torch.equal(result[i, j], multiply(a[i, 0], b[j]))


def test_one_matrix_for_a_whole_batch_is_that_matrix() -> None:
    a, b = _numbers(3, 5, 7), _numbers(7, 4, seed=1)
    assert torch.equal(
        multiply(a, b.expand(3, 7, 4)), torch.stack([multiply(each, b) for each in a])
    )


@pytest.mark.parametrize(("left", "right"), [(500, -500), (400, 200), (1000, -700), (-200, -200)])
def test_powers_of_two_come_out_again(left: int, right: int) -> None:
    a, b = _numbers(3, 20), _numbers(20, 3, seed=1)
    expected = multiply(a, b) * 2.0**left * 2.0**right
    assert torch.equal(multiply(a * 2.0**left, b * 2.0**right), expected)


def test_the_largest_numbers_give_infinity_only_where_the_result_is_that_large() -> None:
    most = torch.tensor([[math.ldexp(1.5, 1023)]], dtype=torch.float64)
    assert multiply(most, torch.tensor([[0.25]], dtype=torch.float64)) == math.ldexp(1.5, 1021)
    assert multiply(most, torch.tensor([[-2.0]], dtype=torch.float64)) == -math.inf


def test_results_below_the_smallest_are_zero() -> None:
    a = torch.tensor([[2.0**-500]], dtype=torch.float64)
    assert multiply(a, a * 2.0**-100) == 0
    assert multiply(a, a * 2.0**201) == 2.0**-799


@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan])
def test_something_not_finite_makes_its_row_and_column_no_number(bad: float) -> None:
    a, b = _numbers(4, 30), _numbers(30, 5, seed=1)
    expected = multiply(a, b)
    a[1, 2], b[3, 4] = bad, bad
    a[1, 5] = b[2, 4] = 0.0
    found = multiply(a, b)
    spoilt = torch.zeros(4, 5, dtype=torch.bool)
    spoilt[1], spoilt[:, 4] = True, True
    assert torch.equal(found.isnan(), spoilt)
    assert torch.equal(found[~spoilt], expected[~spoilt])


def test_zero_rows_give_zero_without_a_sign() -> None:
    a = -torch.zeros(2, 3, dtype=torch.float64)
    assert not multiply(a, _numbers(3, 2)).signbit().any()


@pytest.mark.parametrize("shapes", [((0, 3), (3, 2)), ((2, 0), (0, 3)), ((2, 3), (3, 0))])
def test_empty_products_are_zeros(shapes: tuple[tuple[int, int], tuple[int, int]]) -> None:
    left, right = shapes
    result = multiply(_numbers(*left), _numbers(*right))
    assert torch.equal(result, torch.zeros(left[0], right[1], dtype=torch.float64))
