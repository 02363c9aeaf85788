"""Coordinate-wise means of the middle values, bit for bit the same on every machine."""

import torch

from fedjury.oracle.aggregation.blocks import blocks
from fedjury.oracle.aggregation.updates import Updates

# Coordinates sorted at a time, so that few lie in memory as float64.
_SORTED = 2**16


def trimmed_mean(updates: Updates, cut: int) -> torch.Tensor:
    """For each coordinate the mean without its `cut` smallest and `cut` largest values.

    The values kept are added in ascending order in float64, so neither the order of the updates
    nor any block's size matters.

    Args:
        updates: more than 2·cut.

    Returns:
        float64, (coordinates,) in the order of `fedjury.oracle.aggregation.blocks`.
    """
    parts = [
        _mean_of_the_middle(part, cut)
        for block in blocks(updates)
        for part in torch.split(block, _SORTED, dim=1)
    ]
    return torch.cat(parts)


def _mean_of_the_middle(values: torch.Tensor, cut: int) -> torch.Tensor:
    # adding 0 makes +0 of -0, which sorting cannot tell apart
    kept = (values + 0.0).sort(dim=0).values[cut : len(values) - cut].double()
    total = kept[0].clone()
    for row in kept[1:]:
        total += row
    return total / len(kept)
