"""Matrix products whose bits do not depend on the order of summation.

Each row of the left and each column of the right operand is cut into two slices on power-of-two
grids relative to its largest entry, of b = `slice_bits(k)` bits each, where k is the number of
terms of a sum. In units of its grid an entry of a high slice is a whole number of at most 2^b, one
of a low slice of at most 2^(b-1), and k·2^(2b) <= 2^53. So in high·high as well as in high·low +
low·high every product and every partial sum is a whole number of at most 2^53 such units, which
float64 holds exactly: whatever the order, with fused multiply-add or without, nothing is ever
rounded. The result is (high·high) + (high·low + low·high), rounded once; low·low is left out by
definition.

After Ozaki, Ogita, Oishi and Rump, "Error-free transformations of matrix multiplication by using
fast routines of matrix multiplication and its applications", Numerical Algorithms 59 (2012).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from fedjury.oracle.evaluation.reference.floats import (
    EXPONENT_BIAS,
    NOT_FINITE,
    exponent_fields,
    powers_of_two,
    settle_,
)
from fedjury.oracle.evaluation.reference.kept_slices import kept_or

# Rows whose largest entries lie between these are cut as they are: no product of slices of theirs
# can underflow or overflow. Rows beyond are cut in units of their own grid.
_LEAST_PLAIN = 2.0**-300
_LARGEST_PLAIN = 2.0**300
# Rows, and entries of matrices, that are cut and multiplied at a time, to stay in the cache.
_ROWS = 512
_ENTRIES = 2**16


@dataclass(frozen=True)
class Slices:
    """An operand of a product, cut in two.

    Attributes:
        high: float64, the operand's shape.
        low: the same, or None where it is zero throughout.
        scale: what rows (columns) of the product are still to be multiplied with, float64 that
            broadcasts against the operand: powers of two, or NaN where the operand has something
            that is not finite. None stands for 1.
    """

    high: torch.Tensor
    low: torch.Tensor | None
    scale: torch.Tensor | None


def slice_bits(k: int) -> int:
    """Bits of a slice in a sum of k products: the largest b with 2b + ceil(log2 k) <= 53."""
    return (53 - (max(k, 1) - 1).bit_length()) // 2


def relative_error(k: int) -> float:
    """How far a product of k terms may be from the exact one, relative to the operands' lengths.

    For each entry, |result - exact| <= relative_error(k) · ‖row of a‖₂ · ‖column of b‖₂ + 2^-800,
    unless the result is not finite.

    Let x be a row and s the power of two above its largest entry, so s <= 2·max|xᵢ| <= 2‖x‖. Then
    x = h + l + r with |lᵢ| <= 2^-(b+1)·s and |rᵢ| <= 2^-(2b+1)·s, thus ‖l‖ <= √k·2^-b·‖x‖ and
    ‖r‖ <= √k·2^-2b·‖x‖; likewise the column y = h' + l' + r'. What is left out is

        x·y - (h·h' + h·l' + l·h') = l·l' + r·y + (x - r)·r',

    by Cauchy-Schwarz at most d·‖x‖·‖y‖ with d = 2^-2b·(k + 2√k + k·2^-2b). Rounding the sum once
    adds 2^-53·(1 + d)·‖x‖·‖y‖, and settling the result at most 2^-52·(1 + d)·‖x‖·‖y‖ + 2^-800.
    """
    unit = 2.0 ** (-2 * slice_bits(k))
    left_out = unit * (k + 2 * math.sqrt(k) + k * unit)
    rounding = 2.0**-51 * (1 + left_out)
    return (left_out + rounding) * (1 + 2.0**-48)  # what this line itself rounds


def multiply(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """The matrix product, with bits that depend on nothing but the values.

    Args:
        a: float64 (..., m, k).
        b: float64 (..., k, n); leading dimensions broadcast as in `torch.matmul`.

    Returns:
        float64 (..., m, n). A row (column) of an operand that has something not finite makes its
        whole row (column) of the result NaN. Entries are settled (`floats`).
    """
    if b.dim() == 3 and a.dim() == 3 and b.stride(0) == 0:
        b = b[0]  # one matrix for all of a batch, so that the batch is only more rows
    if b.dim() == 2:
        return _by_rows(a.flatten(0, -2), b).view(*a.shape[:-1], b.shape[-1])
    batch = torch.Size(torch.broadcast_shapes(a.shape[:-2], b.shape[:-2]))  # type: ignore[no-untyped-call]
    lefts = a.expand(*batch, *a.shape[-2:]).reshape(-1, *a.shape[-2:])
    rights = b.expand(*batch, *b.shape[-2:]).reshape(-1, *b.shape[-2:])
    return _by_pairs(lefts, rights).view(*batch, a.shape[-2], b.shape[-1])


def _by_pairs(lefts: torch.Tensor, rights: torch.Tensor) -> torch.Tensor:
    """The products of as many pairs of matrices, some at a time."""
    count, m, k = lefts.shape
    bits = slice_bits(k)
    several = max(_ENTRIES // max(m * k, k * rights.shape[-1], 1), 1)
    result = lefts.new_empty(count, m, rights.shape[-1])
    for start in range(0, count, several):
        some = slice(start, start + several)
        a, b = cut(lefts[some], -1, bits), cut(rights[some], -2, bits)
        _multiply_slices(a, b, result[some])
    return result


def _by_rows(rows: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
    """The product with one matrix, some rows at a time."""
    bits = slice_bits(rows.shape[-1])
    right = cut(matrix, -2, bits)
    result = rows.new_empty(len(rows), matrix.shape[-1])
    for start in range(0, len(rows), _ROWS):
        some = slice(start, start + _ROWS)
        _multiply_slices(cut(rows[some], -1, bits), right, result[some])
    return result


def cut(operand: torch.Tensor, dims: int | tuple[int, ...], bits: int) -> Slices:
    """Cut an operand relative to its largest entry along some dimensions.

    Args:
        operand: float64.
        dims: those that a sum of products runs over, or more.
        bits: `slice_bits` of the number of terms.
    """
    return kept_or(lambda: _cut(operand, dims, bits), operand, dims, bits)


def _cut(operand: torch.Tensor, dims: int | tuple[int, ...], bits: int) -> Slices:
    if operand.numel() == 0:
        return Slices(operand, None, None)
    largest = largest_magnitude(operand, dims)
    least = torch.where(largest == 0, 1.0, largest).min()
    if bool(least >= _LEAST_PLAIN) and bool(largest.max() <= _LARGEST_PLAIN):
        return _cut_plain(operand, largest, bits)
    return _cut_scaled(operand, largest, bits)


def largest_magnitude(operand: torch.Tensor, dims: int | tuple[int, ...]) -> torch.Tensor:
    """The largest magnitude along some dimensions, which stay with size 1; NaN where there is one.

    Args:
        operand: float64, not empty.
    """
    return torch.maximum(operand.amax(dims, keepdim=True), -operand.amin(dims, keepdim=True))


def _multiply_slices(a: Slices, b: Slices, result: torch.Tensor) -> None:
    """(high·high) + (high·low + low·high) of two matrices, or of two batches of as many."""
    torch.matmul(a.high, b.high, out=result)
    mixed = torch.matmul(a.high, b.low) if b.low is not None else None
    if mixed is None and a.low is not None:
        mixed = torch.matmul(a.low, b.high)
    elif mixed is not None and a.low is not None:
        add_product_ = mixed.addmm_ if mixed.dim() == 2 else mixed.baddbmm_
        add_product_(a.low, b.high)
    if mixed is not None:
        result += mixed
    rescale_(result, [a.scale, b.scale])


def rescale_(result: torch.Tensor, scales: Sequence[torch.Tensor | None]) -> torch.Tensor:
    """Multiply with the scales of the operands, in place, and settle.

    The small ones come first, so that nothing overflows or underflows on the way that would not in
    the end. Without scales nothing is small, and only -0 has to become 0.

    Args:
        result: float64.
        scales: of the two operands, each broadcasting against the result.
    """
    given = [scale for scale in scales if scale is not None]
    for scale in given:
        result *= scale.clamp(max=1.0)
    for scale in given:
        result *= scale.clamp(min=1.0)
    return settle_(result) if given else result.add_(0.0)


def _cut_plain(operand: torch.Tensor, largest: torch.Tensor, bits: int) -> Slices:
    """Cut by adding, and taking away again, a number so large that only the slice's bits stay."""
    fields = exponent_fields(largest)
    exponents = torch.where(fields == 0, 0, fields - EXPONENT_BIAS + 1)
    rounder = 1.5 * powers_of_two(exponents + 52 - bits)
    high = operand + rounder
    high -= rounder
    low = operand - high
    rounder *= 2.0**-bits
    low += rounder
    low -= rounder
    return Slices(high, low if _has_any(low) else None, None)


def _cut_scaled(operand: torch.Tensor, largest: torch.Tensor, bits: int) -> Slices:
    """Cut in units of the grid, by rounding to whole numbers; what is not finite becomes zero."""
    fields = exponent_fields(largest)
    usable = (fields != 0) & (fields != NOT_FINITE)
    grid = torch.where(usable, fields - EXPONENT_BIAS + 1 - bits, 0)
    units = operand.masked_fill(~usable, 0.0) * powers_of_two(-grid)
    high = units.round()
    low = units.sub_(high).mul_(2.0**bits).round_().mul_(2.0**-bits)
    scale = powers_of_two(grid).masked_fill_(fields == NOT_FINITE, math.nan)
    return Slices(high, low if _has_any(low) else None, scale)


def _has_any(values: torch.Tensor) -> bool:
    """Whether anything is not zero; a look at a few numbers answers it nearly always."""
    few = values
    while few.dim() > 1:
        few = few[len(few) // 2]
    return bool(few.any()) or bool(values.any())
