"""Sorting and choosing the largest, where equal entries keep their order.

Libraries may give either of two equal entries; here it is the one that comes first. NaN counts as
larger than anything.
"""

import torch

from fedjury.errors import UnknownOperation

Pair = tuple[torch.Tensor, torch.Tensor]


def sort(
    x: torch.Tensor, dim: int = -1, descending: bool = False, stable: bool | None = None
) -> Pair:
    """Sorted values and where they came from."""
    values, places = torch.sort(x, dim=dim, descending=descending, stable=True)
    return values, places


def argsort(
    x: torch.Tensor, dim: int = -1, descending: bool = False, stable: bool | None = None
) -> torch.Tensor:
    """Where the sorted values came from."""
    return sort(x, dim, descending)[1]


def topk(x: torch.Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Pair:
    """The k largest (or smallest) values, in order, and where they came from."""
    values, places = sort(x, dim, largest)
    if x.dim() == 0:
        return values, places
    return values.narrow(dim, 0, k), places.narrow(dim, 0, k)


def largest(x: torch.Tensor, dim: int, keepdim: bool = False) -> Pair:
    """The largest along a dimension, and where it first occurs."""
    values = x.amax(dim, keepdim=True)
    return _with_first_place(x, values, dim, keepdim)


def smallest(x: torch.Tensor, dim: int, keepdim: bool = False) -> Pair:
    """The smallest along a dimension (NaN where there is one), and where it first occurs."""
    values = x.amin(dim, keepdim=True)
    return _with_first_place(x, values, dim, keepdim)


def place_of_largest(
    x: torch.Tensor, dim: int | None = None, keepdim: bool = False
) -> torch.Tensor:
    """Where the largest first occurs."""
    return largest(x.reshape(-1), 0)[1] if dim is None else largest(x, dim, keepdim)[1]


def place_of_smallest(
    x: torch.Tensor, dim: int | None = None, keepdim: bool = False
) -> torch.Tensor:
    """Where the smallest first occurs."""
    return smallest(x.reshape(-1), 0)[1] if dim is None else smallest(x, dim, keepdim)[1]


def kth_smallest(x: torch.Tensor, k: int, dim: int = -1, keepdim: bool = False) -> Pair:
    """The k-th smallest along a dimension, counted from 1, and where it is."""
    values, places = sort(x, dim)
    found = values.narrow(dim, k - 1, 1), places.narrow(dim, k - 1, 1)
    return found if keepdim else (found[0].squeeze(dim), found[1].squeeze(dim))


def median(x: torch.Tensor, dim: int, keepdim: bool = False) -> Pair:
    """The lower one of the middle values, NaN where there is one, and where it is."""
    middle = (x.shape[dim] - 1) // 2 + 1
    values, places = kth_smallest(x, middle, dim, keepdim=True)
    last, last_place = kth_smallest(x, x.shape[dim], dim, keepdim=True)
    is_nan = last.isnan()
    found = torch.where(is_nan, last, values), torch.where(is_nan, last_place, places)
    return found if keepdim else (found[0].squeeze(dim), found[1].squeeze(dim))


def median_of_all(x: torch.Tensor) -> torch.Tensor:
    """The lower one of the middle values of all entries."""
    return median(x.reshape(-1), 0)[0]


def _with_first_place(x: torch.Tensor, values: torch.Tensor, dim: int, keepdim: bool) -> Pair:
    if x.dim() == 0:
        return values, torch.zeros_like(x, dtype=torch.int64)
    there = (x == values) | x.isnan()
    size = x.shape[dim]
    if size == 0:
        raise UnknownOperation("the largest of nothing")
    numbers = torch.arange(size).view([-1] + [1] * (x.dim() - 1 - dim % x.dim()))
    places = torch.where(there, numbers, size).amin(dim, keepdim=True)
    return (values, places) if keepdim else (values.squeeze(dim), places.squeeze(dim))
