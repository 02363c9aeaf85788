"""A round's update files in one temporary file, to be read again and again.

It lies where Python's `tempfile` puts it, TMPDIR if that is set, and is gone with the process.
"""

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Self

from fedjury.errors import NoScratchSpace
from fedjury.protocol.digest import Digest


class Spool:
    """Files by digest; several threads may add some. Closing it removes them.

    Raises:
        NoScratchSpace: there is no directory to write to.
    """

    def __init__(self) -> None:
        self._lock, self._size = threading.Lock(), 0
        self._places: dict[Digest, tuple[int, int]] = {}
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

    def add(self, digest: Digest, data: bytes) -> None:
        """Keep a file.

        Raises:
            NoScratchSpace: the disk does not take it.
        """
        with self._lock, self._sentence():
            self._file.seek(self._size)
            self._file.write(data)
            self._file.flush()
            self._places[digest] = self._size, len(data)
            self._size += len(data)

    def read(self, digest: Digest) -> bytes:
        """A file that is kept.

        Raises:
            NoScratchSpace: it cannot be read.
        """
        start, size = self._places[digest]
        with self._lock, self._sentence():
            self._file.seek(start)
            data = self._file.read(size)
            if len(data) < size:
                raise OSError("it is shorter than it was")
        return data

    @contextmanager
    def _sentence(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise NoScratchSpace(
                f"a temporary file of {self._size / 1e6:.0f} MB for the round's updates: {error}. "
                "Make room, or name another directory with TMPDIR."
            ) from error
