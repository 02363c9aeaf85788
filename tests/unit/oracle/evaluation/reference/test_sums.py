"""Sums: one result in any order, which no neighbour changes."""

import math
from fractions import Fraction

import pytest
import torch

from fedjury.oracle.evaluation.reference.sums import mean, running_total, total, variance

COUNTS = [1, 2, 3, 4, 5, 17, 1000]


def _numbers(*shape: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    numbers = torch.randn(shape, generator=generator, dtype=torch.float64)
    return numbers * torch.randn(shape, generator=generator, dtype=torch.float64).exp()


@pytest.mark.parametrize("n", COUNTS)
def test_a_sum_is_as_close_to_the_exact_one_as_promised(n: int) -> None:
    terms = _numbers(5, n)
    for row, found in zip(terms.tolist(), total(terms, [1]).tolist(), strict=True):
        exact = sum(map(Fraction, row), Fraction(0))
        assert abs(Fraction(found) - exact) <= 2.0**-52 * n**2 * max(map(abs, row))


@pytest.mark.parametrize("n", COUNTS)
def test_the_order_of_terms_does_not_matter(n: int) -> None:
    terms = _numbers(n, 50)
    order = torch.randperm(n, generator=torch.Generator().manual_seed(1))
    assert torch.equal(total(terms[order], [0]), total(terms, [0]))
    assert torch.equal(total(terms.t().contiguous(), [1]), total(terms, [0]))


def test_a_sum_does_not_depend_on_its_neighbours() -> None:
    terms = _numbers(6, 40)
    terms[1] *= 2.0**1000
    terms[2] *= 2.0**-780
    terms[3, 5] = math.inf
    terms[4, 6] = math.nan
    whole = total(terms, [1])
    for i in (0, 1, 2, 5):
        assert torch.equal(total(terms[i : i + 1], [1]), whole[i : i + 1])
    assert whole.isnan().tolist() == [False, False, False, True, True, False]


def test_sums_over_several_dimensions() -> None:
    terms = torch.arange(24, dtype=torch.float64).view(2, 3, 4)
    assert total(terms, [0, 2]).tolist() == [60, 92, 124]
    assert total(terms, [0, 2], keepdim=True).shape == (1, 3, 1)
    assert total(terms, [0, 1, 2]) == 276
    assert mean(terms, [0, 1, 2]) == 11.5


@pytest.mark.parametrize("exponent", [1000, 0, -700])
def test_sums_of_large_and_small_terms(exponent: int) -> None:
    scale = 2.0**exponent
    terms = torch.tensor([3.0, -1.0, 4.0, 1.0, -5.0], dtype=torch.float64) * scale
    assert total(terms, [0]) == 2 * scale


def test_a_sum_beyond_the_largest_number_is_infinite() -> None:
    terms = torch.tensor([2.0**1023, 2.0**1023, -1.0, 1.0], dtype=torch.float64)
    assert total(terms, [0]) == math.inf
    assert total(torch.cat([terms, -terms]), [0]) == 0


def test_running_totals() -> None:
    terms = torch.tensor([[3.0, -1.0, 4.0], [1.0, -5.0, 9.0]], dtype=torch.float64)
    assert running_total(terms, 1).tolist() == [[3, 2, 6], [1, -4, 5]]
    assert running_total(terms, 0).tolist() == [[3, -1, 4], [4, -6, 13]]


def test_means_and_variances() -> None:
    terms = torch.tensor([[1.0, 2.0, 6.0], [5.0, 5.0, 5.0]], dtype=torch.float64)
    spread, middle = variance(terms, [1])
    assert middle.tolist() == [[3], [5]]
    assert spread.tolist() == [[14 / 3], [0]]
    assert variance(terms, [1], correction=1)[0].tolist() == [[7], [0]]


def test_no_terms_add_up_to_zero() -> None:
    assert total(torch.zeros(3, 0, dtype=torch.float64), [1]).tolist() == [0, 0, 0]
