"""A mean in which no update moves any weight much farther than most updates do."""

import torch

from fedjury.oracle.aggregation.averaging import mean
from fedjury.oracle.aggregation.blocks import BUDGET, blocks, unflatten
from fedjury.oracle.aggregation.updates import Updates
from fedjury.protocol.tensors import Tensors

# Coordinates at a time, so that few lie in memory as float64.
_WIDTH = 2**16


def clipped_mean(
    current: Tensors,
    updates: Updates,
    cap: float,
    *,
    budget: int = BUDGET,
    width: int = _WIDTH,
) -> Tensors:
    """The mean of updates whose movements are cut to ±cap · median |movement|, weight by weight.

    Clipping by a robust scale is Huber's (1964); of an even number of updates the lower median
    counts, so a weight that no more than half of them move stays where it is. The same bits on
    every machine: float64, in index order.

    Args:
        current: the global model w; an update r moves by r − w.
        updates: at least one.
        cap: 0 is the plain mean.
        budget: how many numbers lie in memory at a time, see `blocks`; no result depends on it.
        width: coordinates at a time; no result depends on it.

    Returns:
        float64 tensors.
    """
    if cap == 0:
        return mean(updates)
    flat = torch.cat([current[name].reshape(-1) for name in sorted(current)]).double()
    starts, parts = 0, []
    for block in blocks(updates, budget):
        for part in torch.split(block, width, dim=1):
            origin = flat[starts : starts + part.shape[1]]
            parts.append(_clipped(part.double() - origin, cap) + origin)
            starts += part.shape[1]
    return unflatten(torch.cat(parts), current)


def _clipped(moves: torch.Tensor, cap: float) -> torch.Tensor:
    middle = (len(moves) - 1) // 2
    limit = moves.abs().sort(dim=0).values[middle] * cap
    total = torch.zeros_like(limit)
    for row in moves:
        total += torch.minimum(torch.maximum(row, -limit), limit)
    return total / len(moves)
