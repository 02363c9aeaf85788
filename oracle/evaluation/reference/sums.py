"""Sums whose bits do not depend on the order of summation.

Every term is first rounded to a power-of-two grid so coarse, relative to the largest term, that any
partial sum is a whole number of at most 2^53 grid steps, which float64 holds exactly. So any
summation gives the same: the library's own is used. The grid depends on the terms of this one sum,
never on what else is in the tensor.
"""

import math
from collections.abc import Callable, Sequence

import torch

from fedjury.oracle.evaluation.reference.floats import (
    EXPONENT_BIAS,
    exponent_fields,
    powers_of_two,
    settle_,
)
from fedjury.oracle.evaluation.reference.products import largest_magnitude

# Terms are taken to be at least so large: smaller ones are zero on the grid, as when settled.
_LEAST_EXPONENT = -800
# Larger terms are made smaller for the sum, so that no partial sum overflows.
_LARGE = 2.0**900
_REDUCTION = 2.0**-200


def total(terms: torch.Tensor, dims: Sequence[int], keepdim: bool = False) -> torch.Tensor:
    """The sum over some dimensions.

    Args:
        terms: float64; they need not be settled.
        dims: at least one, none of them twice.
        keepdim: whether they stay, with size 1.

    Returns:
        float64, settled: off by at most 2^-52·n² of the largest of n terms, and NaN where one of
        several terms is not finite.
    """
    result = _on_grid(terms, dims, lambda rounded: rounded.sum(dim=tuple(dims), keepdim=True))
    return result if keepdim else result.squeeze(tuple(dims))


def mean(terms: torch.Tensor, dims: Sequence[int], keepdim: bool = False) -> torch.Tensor:
    """The mean over some dimensions; arguments as for `total`."""
    return settle_(total(terms, dims, keepdim).div_(count(terms, dims)))


def variance(
    terms: torch.Tensor, dims: Sequence[int], correction: float = 0.0
) -> tuple[torch.Tensor, torch.Tensor]:
    """Variance and mean over some dimensions, which stay with size 1.

    Args:
        terms: float64.
        dims: as for `total`.
        correction: is taken from the number of terms before the division.
    """
    middle = mean(terms, dims, keepdim=True)
    centered = terms - middle
    squares = total(centered.mul_(centered), dims, keepdim=True)
    return settle_(squares.div_(max(count(terms, dims) - correction, 0.0))), middle


def running_total(terms: torch.Tensor, dim: int) -> torch.Tensor:
    """The sums of the first 1, 2, ... terms along a dimension, all on the grid of the last."""
    if terms.dim() == 0:
        return terms.clone()
    return _on_grid(terms, [dim], lambda rounded: rounded.cumsum(dim))


def count(terms: torch.Tensor, dims: Sequence[int]) -> int:
    """How many terms a sum over these dimensions has."""
    return math.prod(terms.shape[dim] for dim in dims)


def _on_grid(
    terms: torch.Tensor,
    dims: Sequence[int],
    add: Callable[[torch.Tensor], torch.Tensor],
) -> torch.Tensor:
    """What `add` makes of the terms after each is rounded to its sum's grid."""
    if terms.numel() == 0:
        return add(terms)
    if count(terms, dims) == 1:
        return settle_(add(terms))
    largest = largest_magnitude(terms, tuple(dims))
    if bool(largest.max() <= _LARGE):
        return add(_rounded(terms, largest, count(terms, dims)))
    finite = largest.isfinite()
    factor = torch.ones_like(largest).masked_fill_(largest > _LARGE, _REDUCTION)
    smaller = torch.where(finite, terms, 0.0).mul_(factor)
    largest = torch.where(finite, largest, 0.0).mul_(factor)
    result = add(_rounded(smaller, largest, count(terms, dims))).div_(factor)
    return torch.where(finite, result, math.nan)


def _rounded(terms: torch.Tensor, largest: torch.Tensor, n: int) -> torch.Tensor:
    """The terms as multiples of 2^(e + ceil(log2 n) - 53), where 2^e is above the largest.

    That is done by adding, and taking away again, 1.5·2^52 grid steps; so that the sum has 53 bits
    a term must be below a quarter of them, hence at least two bits for the count.
    """
    bits = max((n - 1).bit_length(), 2)
    exponents = (exponent_fields(largest) - EXPONENT_BIAS + 1).clamp_(min=_LEAST_EXPONENT)
    rounder = powers_of_two(exponents.add_(bits - 1)).mul_(1.5)
    return (terms + rounder).sub_(rounder)
