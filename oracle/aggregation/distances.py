"""Squared Euclidean distances between weights, bit for bit the same on every machine.

A library sums in an order that depends on the processor and the threads, and a matrix product
besides. The distance of two weights is therefore a tree of elementwise additions: neighbours are
added, then neighbours among the sums, and so on.

Many distances at once come from matrix products, which are far faster, of numbers so short that no
sum is ever rounded. An update's movement v = r − w, in float64, is rounded to a grid of its own:
v ≈ s·(H·2^-b + L·2^-2b), where s is the power of two above the largest |v|, and H and L are whole
numbers, |H| <= 2^b and |L| <= 2^(b-1). With k coordinates b is `slice_bits` of 4k, so
4k·2^(2b) <= 2^53. Then every partial sum of Σ Hᵢ·Hⱼ, of Σ Lᵢ·Lⱼ and of Σ (Hᵢ + Lᵢ)·(Hⱼ + Lⱼ) is a
whole number below 2^53, which float64 holds exactly: neither the order of the terms nor threads,
fused operations or sizes of blocks can matter. Σ (Hᵢ·Lⱼ + Lᵢ·Hⱼ) is the third less the other two.
The distance is ‖vᵢ‖² + ‖vⱼ‖² − 2·vᵢ·vⱼ for the H, the mixed terms and the L by themselves, which
are then added; so close updates lose no more than others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch

from fedjury.oracle.aggregation.coordinates import flatten
from fedjury.oracle.aggregation.table import BUDGET, Table, side_by_side
from fedjury.oracle.aggregation.updates import Updates
from fedjury.oracle.evaluation.reference.products import slice_bits
from fedjury.protocol.tensors import Tensors

# Updates held against as many others at a time, and numbers of them at a time.
_TILE = 256
_AT_A_TIME = 2**17


def squared_distance(a: Tensors, b: Tensors) -> float:
    """‖a − b‖² over all coordinates."""
    difference = flatten(a).double() - flatten(b).double()
    return float(tree_sum(difference * difference))


def tree_sum(terms: torch.Tensor) -> torch.Tensor:
    """Sums over the last dimension by adding neighbours, again and again; 0 of no terms.

    Args:
        terms: none of them -0.0; an odd one out is added to 0.
    """
    while terms.shape[-1] > 1:
        odd = terms.shape[-1] % 2
        paired = torch.nn.functional.pad(terms, (0, odd)) if odd else terms
        terms = paired[..., 0::2] + paired[..., 1::2]
    return terms.sum(dim=-1)  # of one term, or of none


def squared_distances(
    origin: Tensors,
    updates: Updates,
    *,
    budget: int = BUDGET,
    tile: int = _TILE,
    at_a_time: int = _AT_A_TIME,
) -> torch.Tensor:
    """‖rᵢ − rⱼ‖² of every pair, of updates rounded as this module says.

    Rounding changes no coordinate by more than 2^-2b of its update's largest movement; 2b is 34
    for up to 2^17 coordinates. Beside that a distance is off by at most 2^-50 of the squared
    lengths of the two movements.

    Args:
        origin: what movements are measured from, the global model w: the closer, the less is
            rounded.
        updates: at least one; each is read once.
        budget: how many numbers may lie in memory; no result depends on it.
        tile: updates held against as many others at a time; no result depends on it.
        at_a_time: numbers of those at a time; no result depends on it.

    Returns:
        float64 (n, n): symmetric, never negative, 0 for equal updates. Time grows with n² times
        the number of coordinates; memory holds this matrix and little else.

    Raises:
        NoScratchSpace: a temporary file was needed and cannot be written.
    """
    count = len(updates)
    tile = min(tile, count)
    tiles = [slice(first, min(first + tile, count)) for first in range(0, count, tile)]
    found = torch.empty((count, count), dtype=torch.float64)
    with side_by_side(updates, max(1, at_a_time // tile), budget) as table:
        movements = _Movements.of(table, flatten(origin).double(), tiles)
        squares = torch.empty((3, count), dtype=torch.float64)
        for place, rows in enumerate(tiles):
            for others in tiles[place::-1]:  # itself first, which gives the squares
                products = movements.products(rows, others)
                if others == rows:
                    squares[:, rows] = products.diagonal(dim1=1, dim2=2)
                distances = movements.distances(rows, others, products, squares)
                found[rows, others], found[others, rows] = distances, distances.T
    return found


@dataclass(frozen=True)
class _Movements:
    """The movements of updates, rounded to grids of their own.

    Attributes:
        table: of the updates.
        origin: what movements are measured from, float64 (coordinates,).
        bits: b.
        units: s·2^-b of each update, float64 (updates,).
    """

    table: Table
    origin: torch.Tensor
    bits: int
    units: torch.Tensor

    @classmethod
    def of(cls, table: Table, origin: torch.Tensor, tiles: Sequence[slice]) -> Self:
        """Find the grids, looking at one tile of updates after the other."""
        bits = slice_bits(4 * table.columns)
        largest = torch.zeros(table.rows, dtype=torch.float64)
        for rows in tiles:
            for start in table.starts:
                moves = _moves(table, origin, start, rows)
                largest[rows] = torch.maximum(largest[rows], moves.abs().amax(dim=1))
        exponents = np.frexp(largest.numpy())[1]
        return cls(table, origin, bits, torch.from_numpy(np.ldexp(1.0, exponents - bits)))

    def products(self, rows: slice, others: slice) -> torch.Tensor:
        """Σ H·H, Σ L·L and Σ (H·L + L·H) of updates with others: float64 (3, rows, others)."""
        count, across = rows.stop - rows.start, others.stop - others.start
        sums = torch.zeros((3, count, across), dtype=torch.float64)
        for start in self.table.starts:
            ours = self._cut(start, rows)
            theirs = ours if others == rows else self._cut(start, others)
            sums.baddbmm_(ours, theirs.transpose(1, 2))
        sums[2] -= sums[0]
        sums[2] -= sums[1]
        return sums

    def distances(
        self, rows: slice, others: slice, products: torch.Tensor, squares: torch.Tensor
    ) -> torch.Tensor:
        """‖vᵢ − vⱼ‖² from the products, and those of each update with itself, (3, updates)."""
        ours, theirs = self.units[rows, None], self.units[others]
        lengths = squares[:, rows, None] * ours**2 + squares[:, None, others] * theirs**2
        high, low, mixed = torch.sub(lengths, products * (2.0 * ours * theirs))
        unit = 2.0**-self.bits
        found: torch.Tensor = high + (mixed * unit + low * unit**2)
        return found.clamp_(min=0.0)

    def _cut(self, start: int, rows: slice) -> torch.Tensor:
        """H, L and H + L of a block of columns: whole numbers, float64 (3, rows, width)."""
        moves = _moves(self.table, self.origin, start, rows)
        cut = moves.new_empty((3, *moves.shape))
        high, low, both = cut
        moves *= 1.0 / self.units[rows, None]
        torch.round(moves, out=high)
        torch.sub(moves, high, out=low)
        low.mul_(2.0**self.bits).round_()
        torch.add(high, low, out=both)
        return cut


def _moves(table: Table, origin: torch.Tensor, start: int, rows: slice) -> torch.Tensor:
    return table.read(start, rows).double() - origin[start : start + table.width]
