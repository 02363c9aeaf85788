"""Proofs that files are too large, kept on the juror's disk to be shown to other jurors.

A proof is the file's root block. A juror whose store does not give it takes it from one whose store
does, so that `too-large` depends on nobody's store.
"""

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from fedjury.errors import StoreUnavailable
from fedjury.protocol.digest import Digest
from fedjury.protocol.oversize import proven_bytes
from fedjury.protocol.unixfs_root import MAX_ROOT_BYTES
from fedjury.runtime.files import write_whole

_DAY = 86_400.0


class OversizeProofs:
    """Root blocks of files, by digest. Safe to use from several threads at once.

    Each takes no more than `MAX_ROOT_BYTES` of disk.

    Args:
        directory: for them; their own.
        days: after which they are removed; 0 for never.
        now: Unix seconds.

    Raises:
        StoreUnavailable: the directory cannot be made.
    """

    def __init__(
        self, directory: Path, days: float, *, now: Callable[[], float] = time.time
    ) -> None:
        self._directory, self._now = directory, now
        self._seconds = days * _DAY if days else float("inf")
        self._lock, self._removed_at = threading.Lock(), float("-inf")
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailable(f"cannot create {directory}: {error}") from error
        self._remove_old()

    def keep(self, digest: Digest, root: bytes) -> bool:
        """Keep the root block of a file.

        Args:
            digest: of the file.
            root: the block, as anybody may have sent it.

        Returns:
            Whether it proves how large the file is; else nothing is kept.

        Raises:
            StoreUnavailable: it cannot be written.
        """
        if proven_bytes(digest, root) is None:
            return False
        self._remove_old()
        try:
            write_whole(self._file(digest), root)
        except OSError as error:
            raise StoreUnavailable(f"cannot write to {self._directory}: {error}") from error
        return True

    def find(self, digest: Digest, max_bytes: int) -> bytes | None:
        """The root block that proves that a file has more bytes than these; None without one.

        Raises:
            StoreUnavailable: the disk does not say.
        """
        try:
            with self._file(digest).open("rb") as file:
                root = file.read(MAX_ROOT_BYTES + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreUnavailable(f"cannot read from {self._directory}: {error}") from error
        size = proven_bytes(digest, root)  # None of one that was damaged since
        return root if size is not None and size > max_bytes else None

    def _file(self, digest: Digest) -> Path:
        return self._directory / digest.cid

    def _remove_old(self) -> None:
        """Once a day; what cannot be removed now is the next time."""
        now = self._now()
        with self._lock:
            if now - self._removed_at < _DAY:
                return
            self._removed_at = now
        with suppress(OSError):
            for entry in os.scandir(self._directory):
                with suppress(OSError):
                    if entry.stat().st_mtime < now - self._seconds:
                        os.unlink(entry)
