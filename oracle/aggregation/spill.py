"""A table of updates in a temporary file, for rounds that do not fit in memory.

The file holds one block of columns after the other and in each the rows in order, so that a block,
or some rows of it, is one piece of the file. It lies where Python's `tempfile` puts it, TMPDIR if
that is set. Systems that can (all but Windows) give it no name, so even a killed process leaves
nothing behind.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Self

import torch

from fedjury.errors import NoScratchSpace

_NUMBER = 4  # bytes of a float32


class Spill:
    """A matrix of float32 on disk; closing it removes the file.

    Args:
        rows, columns: of the matrix.
        width: columns to a block.

    Attributes:
        rows, columns, width: the same.

    Raises:
        NoScratchSpace: there is no directory to write to.
    """

    def __init__(self, rows: int, columns: int, width: int) -> None:
        self.rows, self.columns, self.width = rows, columns, width
        with self._sentence():
            self._file = tempfile.TemporaryFile(prefix="fedjury-")  # noqa: SIM115 (__exit__ closes)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(OSError):  # what could not be written was said before
            self._file.close()

    @property
    def starts(self) -> range:
        """The columns that blocks begin at."""
        return range(0, self.columns, self.width)

    def write(self, first: int, values: torch.Tensor) -> None:
        """Write some rows.

        Args:
            first: the place of the first of them.
            values: float32 (some, columns).

        Raises:
            NoScratchSpace: the disk does not take them.
        """
        with self._sentence():
            for start in self.starts:
                part = values[:, start : start + self.width].contiguous()
                self._seek(start, first)
                self._file.write(part.numpy().data)
            self._file.flush()

    def read(self, start: int, rows: slice = slice(None)) -> torch.Tensor:
        """A block of columns, see `Table.read`."""
        first, last, _ = rows.indices(self.rows)
        part = torch.empty((last - first, self._width(start)), dtype=torch.float32)
        with self._sentence():
            self._seek(start, first)
            if self._file.readinto(part.numpy().data) < part.nbytes:
                raise OSError("it is shorter than it was")
        return part

    def _width(self, start: int) -> int:
        return min(self.width, self.columns - start)

    def _seek(self, start: int, row: int) -> None:
        self._file.seek(_NUMBER * (self.rows * start + row * self._width(start)))

    @contextmanager
    def _sentence(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            size = _NUMBER * self.rows * self.columns / 1e6
            raise NoScratchSpace(
                f"a temporary file of {size:.0f} MB for the round's updates: {error}. "
                "Make room, or name another directory with TMPDIR."
            ) from error
