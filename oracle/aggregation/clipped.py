"""A mean in which no update moves any weight much farther than most updates do."""

import sys

import numpy as np

from fedjury.oracle.aggregation.averaging import mean
from fedjury.oracle.aggregation.by_coordinate import (
    AT_A_TIME,
    Result,
    Values,
    by_coordinate,
    sequential_sum,
)
from fedjury.oracle.aggregation.coordinates import flatten, unflatten
from fedjury.oracle.aggregation.table import BUDGET
from fedjury.oracle.aggregation.updates import Updates
from fedjury.protocol.tensors import Tensors


def clipped_mean(
    current: Tensors,
    updates: Updates,
    cap: float,
    *,
    budget: int = BUDGET,
    at_a_time: int = AT_A_TIME,
) -> Tensors:
    """The mean of updates whose movements are cut to ±cap · median |movement|, weight by weight.

    Clipping by a robust scale is Huber's (1964); of an even number of updates the lower median
    counts, so a weight that no more than half of them move stays where it is. The same bits on
    every machine: float64, in index order.

    Args:
        current: the global model w; an update r moves by r − w.
        updates: at least one; each is read once.
        cap: 0 is the plain mean, and so is what a processor may take for 0 (denormal numbers).
        budget, at_a_time: see `by_coordinate`; no result depends on them.

    Returns:
        float64 tensors.

    Raises:
        NoScratchSpace: a temporary file was needed and cannot be written.
    """
    if not cap >= sys.float_info.min:
        return mean(updates)
    origin = flatten(current).double().numpy()

    def aggregate(values: Values, first: int) -> Result:
        near = origin[first : first + len(values), None]
        found: Result = _mean_of_the_clipped(values - near, cap) + near[:, 0]
        return found

    return unflatten(by_coordinate(updates, aggregate, budget, at_a_time), current)


def _mean_of_the_clipped(moves: Result, cap: float) -> Result:
    middle = (moves.shape[1] - 1) // 2
    limit = np.partition(np.abs(moves), middle, axis=1)[:, middle, None] * cap
    total = sequential_sum(np.clip(moves, -limit, limit, out=moves))
    mean: Result = total / moves.shape[1]
    return mean
