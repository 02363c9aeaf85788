"""Coordinate-wise means of the middle values, bit for bit the same on every machine."""

import torch

from fedjury.oracle.aggregation.by_coordinate import (
    AT_A_TIME,
    Result,
    Values,
    by_coordinate,
    sequential_sum,
)
from fedjury.oracle.aggregation.table import BUDGET
from fedjury.oracle.aggregation.updates import Updates


def trimmed_mean(
    updates: Updates, cut: int, *, budget: int = BUDGET, at_a_time: int = AT_A_TIME
) -> torch.Tensor:
    """For each coordinate the mean without its `cut` smallest and `cut` largest values.

    The values kept are added in ascending order in float64, so neither the order of the updates
    nor how many lie in memory matters.

    Args:
        updates: more than 2·cut; each is read once.
        cut: how many values are left out at each end.
        budget, at_a_time: see `by_coordinate`.

    Returns:
        float64, (coordinates,) in the order of `fedjury.oracle.aggregation.coordinates`.

    Raises:
        NoScratchSpace: a temporary file was needed and cannot be written.
    """
    return by_coordinate(
        updates, lambda values, _: _mean_of_the_middle(values, cut), budget, at_a_time
    )


def _mean_of_the_middle(values: Values, cut: int) -> Result:
    values += 0.0  # makes +0 of -0, which sorting cannot tell apart
    values.sort(axis=1)
    kept = values[:, cut : values.shape[1] - cut]
    mean: Result = sequential_sum(kept) / kept.shape[1]
    return mean
