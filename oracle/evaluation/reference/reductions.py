"""Sums, means, variances, norms and products over dimensions, as torch's operations have them.

All take float64 tensors. A `dim` of None or of no entries stands for all dimensions.
"""

import math
from collections.abc import Sequence

import torch

from fedjury.oracle.evaluation.reference import functions, sums
from fedjury.oracle.evaluation.reference.arithmetic import multiply, power
from fedjury.oracle.evaluation.reference.floats import (
    EXPONENT_BIAS,
    NOT_FINITE,
    exponent_fields,
    powers_of_two,
    square_root,
)

Dims = int | Sequence[int] | None


def dims_of(x: torch.Tensor, dim: Dims) -> list[int]:
    """The dimensions that are meant, counted from the first."""
    if dim is None or (not isinstance(dim, int) and len(dim) == 0):
        return list(range(x.dim()))
    several = [dim] if isinstance(dim, int) else dim
    return [each % x.dim() if x.dim() else 0 for each in several]


def _with_dims(x: torch.Tensor, dim: Dims) -> tuple[torch.Tensor, list[int]]:
    """A view with at least one dimension, and those that are meant."""
    return (x, dims_of(x, dim)) if x.dim() else (x.view(1), [0])


def total(x: torch.Tensor, dim: Dims = None, keepdim: bool = False) -> torch.Tensor:
    """The sum (`sums.total`)."""
    x, dims = _with_dims(x, dim)
    return sums.total(x, dims, keepdim)


def mean(x: torch.Tensor, dim: Dims = None, keepdim: bool = False) -> torch.Tensor:
    """The sum divided by the number of terms."""
    x, dims = _with_dims(x, dim)
    return sums.mean(x, dims, keepdim)


def variance(
    x: torch.Tensor, dim: Dims = None, correction: float | None = None, keepdim: bool = False
) -> torch.Tensor:
    """The sum of squared distances from the mean, divided by their number less `correction` (1)."""
    return variance_and_mean(x, dim, correction, keepdim)[0]


def deviation(
    x: torch.Tensor, dim: Dims = None, correction: float | None = None, keepdim: bool = False
) -> torch.Tensor:
    """The root of the variance."""
    return square_root(variance(x, dim, correction, keepdim))


def variance_and_mean(
    x: torch.Tensor, dim: Dims = None, correction: float | None = None, keepdim: bool = False
) -> tuple[torch.Tensor, torch.Tensor]:
    """Both, of the same dimensions."""
    x, dims = _with_dims(x, dim)
    both = sums.variance(x, dims, 1.0 if correction is None else correction)
    spread, middle = both if keepdim else (each.squeeze(dims) for each in both)
    return spread, middle


def deviation_and_mean(
    x: torch.Tensor, dim: Dims = None, correction: float | None = None, keepdim: bool = False
) -> tuple[torch.Tensor, torch.Tensor]:
    """Both, of the same dimensions."""
    spread, middle = variance_and_mean(x, dim, correction, keepdim)
    return square_root(spread), middle


def norm(
    x: torch.Tensor, p: float | None = 2, dim: Dims = None, keepdim: bool = False
) -> torch.Tensor:
    """(Σ|x|^p)^(1/p); the largest or smallest magnitude for p of ±∞, their number for 0.

    For p = 2 magnitudes are divided by a power of two near the largest before they are squared, so
    that nothing underflows or overflows that need not.
    """
    x, dims = _with_dims(x, dim)
    p = 2.0 if p is None else float(p)
    if math.isinf(p):
        return (x.abs().amax if p > 0 else x.abs().amin)(tuple(dims), keepdim)
    if p == 0:
        return (x != 0).sum(dims, keepdim=keepdim).to(torch.float64)
    if p == 1:
        return sums.total(x.abs(), dims, keepdim)
    if p == 2:
        return _euclidean(x, dims, keepdim)
    return power(sums.total(power(x.abs(), p), dims, keepdim), 1 / p)


def _euclidean(x: torch.Tensor, dims: Sequence[int], keepdim: bool) -> torch.Tensor:
    if x.numel() == 0:
        return sums.total(x, dims, keepdim)
    fields = exponent_fields(x.abs().amax(tuple(dims), keepdim=True))
    usable = (fields != 0) & (fields != NOT_FINITE)
    scale = powers_of_two(torch.where(usable, fields - EXPONENT_BIAS, 0))
    smaller = x / scale
    root = square_root(sums.total(smaller.mul_(smaller), dims, keepdim=True))
    root = multiply(root, scale)
    return root if keepdim else root.squeeze(tuple(dims))


def product(x: torch.Tensor, dim: int | None = None, keepdim: bool = False) -> torch.Tensor:
    """The product: entries are multiplied by those half the dimension away, again and again."""
    if dim is None:
        x, dim, keepdim = x.reshape(-1), 0, False
    if x.dim() == 0:
        return x.clone()
    if x.shape[dim] == 0:
        return torch.ones_like(x.sum(dim, keepdim=keepdim))
    while (size := x.shape[dim]) > 1:
        half = size // 2
        paired = multiply(x.narrow(dim, 0, half), x.narrow(dim, half, half))
        x = torch.cat([paired, x.narrow(dim, 2 * half, size % 2)], dim)
    return (x if keepdim else x.squeeze(dim)).clone()


def running_product(x: torch.Tensor, dim: int) -> torch.Tensor:
    """The products of the first 1, 2, ... entries, one after the other."""
    if x.dim() == 0 or x.shape[dim] == 0:
        return x.clone()
    found = [x.select(dim, 0)]
    for place in range(1, x.shape[dim]):
        found.append(multiply(found[-1], x.select(dim, place)))
    return torch.stack(found, dim)


def log_of_total_exp(x: torch.Tensor, dim: Dims, keepdim: bool = False) -> torch.Tensor:
    """log Σ e^x = m + log Σ e^(x - m), where m is the largest (0 where that is infinite)."""
    x, dims = _with_dims(x, dim)
    largest = x.amax(dims, keepdim=True)
    usable = torch.where(largest.abs() == math.inf, 0.0, largest)
    result = functions.log(sums.total(functions.exp(x - usable), dims, keepdim=True)) + usable
    result = torch.where(largest == math.inf, math.inf, result)
    return result if keepdim else result.squeeze(dims)


def log_of_added_exp(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """log(e^x + e^y), elementwise."""
    return log_of_total_exp(torch.stack([x + 0.0 * y, y + 0.0 * x]), 0)
