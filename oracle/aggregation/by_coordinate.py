"""Aggregates that look at each coordinate by itself."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from fedjury.oracle.aggregation.table import BUDGET, Table, side_by_side
from fedjury.oracle.aggregation.updates import Updates

Values = NDArray[np.float32]
Result = NDArray[np.float64]

# Numbers aggregated at a time: few enough for the cache, enough for large reads.
AT_A_TIME = 2**21
_ROWS = 256  # updates turned at a time


def by_coordinate(
    updates: Updates,
    aggregate: Callable[[Values, int], Result],
    budget: int = BUDGET,
    at_a_time: int = AT_A_TIME,
) -> torch.Tensor:
    """Aggregate the updates' values of each coordinate.

    Args:
        updates: at least one; each is read once.
        aggregate: takes the values of some coordinates in a row, (some, updates), in memory of its
            own that it may change, and the place of the first; gives one number a coordinate.
        budget: how many numbers may lie in memory; no result depends on it.
        at_a_time: how many are aggregated at a time; no result depends on it.

    Returns:
        float64, (coordinates,) in the order of `fedjury.oracle.aggregation.coordinates`.

    Raises:
        NoScratchSpace: a temporary file was needed and cannot be written.
    """
    count = len(updates)
    width = max(1, at_a_time // count)
    values = torch.empty((width, count), dtype=torch.float32)
    with side_by_side(updates, width, budget) as table:
        found = torch.empty(table.columns, dtype=torch.float64)
        for start in table.starts:
            some = values[: table.columns - start]
            _turn(table, start, some)
            found[start : start + width] = torch.from_numpy(aggregate(some.numpy(), start))
    return found


def _turn(table: Table, start: int, values: torch.Tensor) -> None:
    """Read a block of columns as rows, some updates at a time, so that they stay in the cache."""
    for first in range(0, table.rows, _ROWS):
        rows = slice(first, min(first + _ROWS, table.rows))
        block = table.read(start, rows).contiguous()  # or turning it is slow
        values[:, rows] = block.t().contiguous()


def sequential_sum(values: Values | Result) -> Result:
    """Sums over the last dimension in float64, one term after the other from the first on.

    NumPy's `sum` adds in another order; `accumulate` is defined to add in this one.
    """
    sums: Result = np.add.accumulate(values, axis=-1, dtype=np.float64)
    return sums[..., -1]
