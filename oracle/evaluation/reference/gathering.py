"""Sums over entries that an index brings together."""

import itertools
from collections.abc import Sequence

import torch

from fedjury.errors import UnknownOperation
from fedjury.oracle.evaluation.reference import sums
from fedjury.oracle.evaluation.reference.arithmetic import multiply, scaled

_SUM, _MEAN, _MAX = range(3)


def embedding_bag(
    weight: torch.Tensor,
    indices: torch.Tensor,
    offsets: torch.Tensor,
    scale_grad_by_freq: bool = False,
    mode: int = _SUM,
    sparse: bool = False,
    per_sample_weights: torch.Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int = -1,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Sum (mode 0), mean (1) or largest (2) of the rows that each bag names.

    Args:
        weight: (rows, width).
        indices: of all bags, one after the other.
        offsets: where each bag begins, and where the last one ends where `include_last_offset`.
        per_sample_weights: multiplies each row.
        padding_idx: rows with this index are left out.

    Returns:
        (bags, width), zeros for an empty bag; and three empty tensors where torch's operation has
        what training needs.
    """
    bounds = offsets.tolist() if include_last_offset else [*offsets.tolist(), len(indices)]
    bags = []
    for first, behind in itertools.pairwise(bounds):
        chosen = indices[first:behind]
        kept = chosen != padding_idx
        rows = weight[chosen[kept]]
        if per_sample_weights is not None:
            rows = multiply(rows, per_sample_weights[first:behind][kept, None])
        bags.append(_bag(rows, mode))
    result = torch.stack(bags) if bags else weight.new_zeros(0, weight.shape[1])
    empty = indices.new_zeros(0)
    return result, empty, empty, empty


def _bag(rows: torch.Tensor, mode: int) -> torch.Tensor:
    if len(rows) == 0:
        return rows.new_zeros(rows.shape[1])
    if mode == _MAX:
        return rows.amax(0)
    return sums.total(rows, [0]) if mode == _SUM else sums.mean(rows, [0])


def scatter_add(
    x: torch.Tensor, dim: int, index: torch.Tensor, source: torch.Tensor
) -> torch.Tensor:
    """x with the source's entries added at the places of the index along a dimension.

    Each sum is taken over all places of the source along that dimension, zero where the index names
    another, so that it is a sum as any other.
    """
    if x.dim() == 0:
        return x + source
    dim %= x.dim()
    source = source[tuple(slice(size) for size in index.shape)]
    added = []
    for place in range(x.shape[dim]):
        there = sums.total(torch.where(index == place, source, 0.0), [dim], keepdim=True)
        added.append(there)
    whole = torch.cat(added, dim) if added else x
    result = x.clone()
    part = tuple(slice(size) for size in whole.shape)
    result[part] += whole
    return result


def index_add(
    x: torch.Tensor, dim: int, index: torch.Tensor, source: torch.Tensor, alpha: float = 1
) -> torch.Tensor:
    """x with alpha times the source's slices added at the places of the index."""
    if x.dim() == 0:
        raise UnknownOperation("aten::index_add to a number")
    shape: Sequence[int] = [-1 if each == dim % x.dim() else 1 for each in range(x.dim())]
    everywhere = index.view(shape).expand(source.shape)
    return scatter_add(x, dim, everywhere, scaled(source, alpha))
