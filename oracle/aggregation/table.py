"""A round's updates side by side, of which parts are read, whether they fit in memory or not.

Each update is a row and each coordinate a column. Robust aggregates need all rows of some columns,
while updates come row by row; so many updates are first written to a temporary file, block of
columns by block of columns. Libraries of robust rules (ByzFL for one) want all updates in memory
and add in an order that is the machine's, so jurors could not agree bit for bit: hence these own
few lines, which tests hold against NumPy and SciPy.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from typing import Protocol

import torch

from fedjury.oracle.aggregation.coordinates import flatten
from fedjury.oracle.aggregation.spill import Spill
from fedjury.oracle.aggregation.updates import Updates

# Numbers held at a time: 64 MiB of float32.
BUDGET = 2**24


class Table(Protocol):
    """Updates as rows of one matrix."""

    @property
    def rows(self) -> int:
        """How many updates there are."""
        ...

    @property
    def columns(self) -> int:
        """How many coordinates an update has."""
        ...

    @property
    def width(self) -> int:
        """Columns that are read at a time; the last block may have fewer."""
        ...

    @property
    def starts(self) -> range:
        """The columns that blocks begin at."""
        ...

    def read(self, start: int, rows: slice = ...) -> torch.Tensor:
        """The block of columns that begins at `start`: float32 (rows, width).

        Args:
            start: one of `starts`.
            rows: which updates; all of them unless told otherwise.

        Raises:
            NoScratchSpace: the temporary file cannot be read.
        """
        ...


@dataclass(frozen=True)
class _InMemory:
    values: torch.Tensor
    width: int

    @property
    def rows(self) -> int:
        return len(self.values)

    @property
    def columns(self) -> int:
        return self.values.shape[1]

    @property
    def starts(self) -> range:
        return range(0, self.columns, self.width)

    def read(self, start: int, rows: slice = slice(None)) -> torch.Tensor:
        return self.values[rows, start : start + self.width]


@contextmanager
def side_by_side(updates: Updates, width: int, budget: int = BUDGET) -> Iterator[Table]:
    """A table of updates, each of which is read once; a temporary file is gone at the end.

    Args:
        updates: at least one, all of the same names and shapes.
        width: columns to a block.
        budget: how many numbers may lie in memory; with more a temporary file is used.

    Raises:
        NoScratchSpace: the temporary file cannot be written.
    """
    count, rows = len(updates), map(flatten, updates)
    first = next(rows)
    if count * len(first) <= budget:
        yield _InMemory(_stack(first, rows, count), width)
        return
    with Spill(count, len(first), width) as spill:
        _fill(spill, chain([first], rows), budget)
        yield spill


def _stack(first: torch.Tensor, others: Iterable[torch.Tensor], count: int) -> torch.Tensor:
    values = first.new_empty((count, len(first)))
    for row, update in zip(values, chain([first], others), strict=True):
        row.copy_(update)
    return values


def _fill(spill: Spill, updates: Iterator[torch.Tensor], budget: int) -> None:
    """Write all rows, as many at a time as keep to the budget, so that few writes do."""
    batch = torch.empty((max(1, budget // spill.columns), spill.columns), dtype=torch.float32)
    for start in range(0, spill.rows, len(batch)):
        rows = batch[: spill.rows - start]
        for row, update in zip(rows, islice(updates, len(rows)), strict=True):
            row.copy_(update)
        spill.write(start, rows)
