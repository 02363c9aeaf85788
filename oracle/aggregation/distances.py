"""Squared Euclidean distances between weights, bit for bit the same on every machine.

A library sums in an order that depends on the processor and the threads, and a matrix product
besides. Here differences and squares are elementwise float64, and sums are a tree of elementwise
additions: neighbours are added, then neighbours among the sums, and so on. A block of 2^k
coordinates is a whole branch of that tree, so the sizes of blocks do not matter.
"""

import torch

from fedjury.oracle.aggregation.blocks import blocks
from fedjury.oracle.aggregation.updates import Updates
from fedjury.protocol.tensors import Tensors


def squared_distance(a: Tensors, b: Tensors) -> float:
    """‖a − b‖² over all coordinates."""
    return float(squared_distances([a, b])[0, 1])


def squared_distances(updates: Updates) -> torch.Tensor:
    """‖rᵢ − rⱼ‖² of every pair: float64 (n, n), symmetric, zeros on the diagonal.

    Time grows with n² times the number of coordinates.
    """
    return tree_sum(torch.stack([_within(block) for block in blocks(updates)], dim=-1))


def _within(block: torch.Tensor) -> torch.Tensor:
    """‖rᵢ − rⱼ‖² of every pair over the coordinates of one block."""
    count = len(block)
    found = torch.zeros((count, count), dtype=torch.float64)
    for i in range(count):
        for j in range(i + 1, count):
            difference = block[i].double() - block[j].double()
            found[i, j] = found[j, i] = tree_sum(difference * difference)
    return found


def tree_sum(terms: torch.Tensor) -> torch.Tensor:
    """Sums over the last dimension by adding neighbours, again and again.

    Args:
        terms: none of them -0.0; an odd one out is added to 0.
    """
    while terms.shape[-1] > 1:
        odd = terms.shape[-1] % 2
        paired = torch.nn.functional.pad(terms, (0, odd)) if odd else terms
        terms = paired[..., 0::2] + paired[..., 1::2]
    return terms[..., 0]
