"""Files of updates that clients hand in, and when they go into the store.

A file that is in the store can be copied, and the copy submitted under another name. So it lies on
the relay's disk until the batch that has its update is as deep as the relay's confirmations.
"""

import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from fedjury.protocol.digest import Digest
from fedjury.relay.events import FileGone, FileStored
from fedjury.relay.queue import Queue
from fedjury.relay.refusals import Refusal, Refused
from fedjury.relay.shelf import Shelf, try_seconds
from fedjury.runtime.events import Listener
from fedjury.runtime.files import OWNER_ONLY

BUSY_SECONDS = 5.0  # after which a file that is on its way may be offered again
TURN_SECONDS = 2.0  # for which files go into the store in one cycle, one of them at least


class HandedFiles:
    """The files that clients hand in.

    Args:
        directory: for their bytes; created if need be.
        queue: knows which updates have a receipt, and which files are there.
        max_bytes: the largest that an update's file may be, as the task's spec says.
        keep_bytes: how many bytes of files are kept until they may be in the store, those that
            have arrived of files on their way among them.
        clock: seconds that only ever grow.
    """

    def __init__(
        self,
        directory: Path,
        queue: Queue,
        max_bytes: int,
        keep_bytes: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._directory, self._queue, self._clock = directory, queue, clock
        self.max_bytes, self._keep_bytes = max_bytes, keep_bytes
        self._turn = threading.Lock()
        self._coming: dict[Digest, int] = {}  # bytes that have arrived
        self._kept = queue.files.kept_bytes()
        self._round = self._dropped_before = 0
        directory.mkdir(parents=True, exist_ok=True)
        known = {digest.cid for digest in queue.files.kept()}
        for left in directory.iterdir():  # of a process that was killed
            if left.name not in known:
                left.unlink(missing_ok=True)

    def has(self, digest: Digest) -> bool:
        """Whether a file was handed in before; then it need not come again.

        Raises:
            Refused: no update of this digest has a receipt, or the rounds of all that have one are
                over and this relay has posted none of them.
        """
        if not self._queue.has_digest(digest):
            raise Refused(
                Refusal.NO_RECEIPT, f"no update with the digest {digest.cid} was taken in"
            )
        if self._queue.files.has(digest):
            return True
        if not self._queue.files.is_wanted(digest, self._round):
            words = f"the round of the update {digest.cid} is over, and it is in no batch"
            raise Refused(Refusal.TOO_LATE, words)
        return False

    def drop_unposted(self, current: int) -> None:
        """Drop the files of rounds that are over whose updates this relay has not posted.

        Args:
            current: the current round's number.
        """
        self._round = current
        if current > self._dropped_before:
            for digest in self._queue.files.drop_unwanted(current):
                self.remove(digest)
            self._dropped_before = current

    @contextmanager
    def receive(self, digest: Digest, announced: int | None) -> Iterator["Incoming"]:
        """Take in a file's bytes; what is not finished in the block leaves nothing.

        Nothing is reserved for what is only announced: anybody can announce much and send nothing.

        Args:
            digest: that it is to have; of each one file at a time comes in.
            announced: how many bytes it is said to have; None where nobody says.

        Raises:
            Refused: it is too large, on its way already, or the relay keeps no more.
        """
        if announced is not None and announced > self.max_bytes:
            raise self.too_large()
        with self._turn:
            if digest in self._coming:
                words = "this file is on its way to the relay already"
                raise Refused(Refusal.BUSY, words, BUSY_SECONDS)
            self._require_space(announced or 0)
            self._coming[digest] = 0
        path = self._directory / f"{os.urandom(8).hex()}.part"
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
            with os.fdopen(descriptor, "w+b") as file:
                yield Incoming(self, digest, file, path)
        except (TimeoutError, ConnectionError):  # of whoever sends it
            raise
        except OSError as error:
            words = f"the relay's disk does not take it: {error.strerror}"
            raise Refused(Refusal.DISK, words) from error
        finally:
            with suppress(OSError):
                path.unlink(missing_ok=True)
            with self._turn:
                del self._coming[digest]

    def arrived(self, digest: Digest, size: int) -> None:
        """So many more bytes of a file on its way have arrived.

        Raises:
            Refused: there is no space for them.
        """
        with self._turn:
            self._require_space(size)
            self._coming[digest] += size

    def _require_space(self, size: int) -> None:
        room = self._keep_bytes - sum(self._coming.values()) - size
        if self._kept > room:
            self._kept = self._queue.files.kept_bytes()  # some may be in the store by now
        if self._kept > room:
            raise Refused(Refusal.FILES_FULL, "the relay keeps no more files now", 30.0)

    def too_large(self) -> Refused:
        """The refusal of a file that is larger than the task allows."""
        return Refused(
            Refusal.TOO_LARGE, f"an update's file has at most {self.max_bytes} bytes in this task"
        )

    def finish(self, digest: Digest, path: Path, size: int) -> None:
        """A file has arrived whole; one that was handed in before is not kept again.

        Raises:
            Refused: it came so slowly that its round is over.
            OSError, sqlite3.Error: it is not on disk.
        """
        if self.has(digest):
            return
        try:
            os.replace(path, self._path(digest))
            _flush_directory(self._directory)
            self._queue.files.put(digest, size)
        except BaseException:
            self.remove(digest)  # no book counts it
            raise
        with self._turn:
            if digest in self._coming:  # its bytes count among those that are kept
                self._coming[digest] = 0
            self._kept = self._queue.files.kept_bytes()

    def store_due(
        self, shelf: Shelf, listener: Listener, seconds: Callable[[], float] = lambda: math.inf
    ) -> bool:
        """Put files whose batches are deep enough into the store, for a moment.

        Args:
            shelf: the store.
            listener: is told of each.
            seconds: how long the store may be waited for now; a file that may take longer waits.

        Returns:
            Whether there were any, and the store took them.
        """
        until, done, is_well = self._clock() + TURN_SECONDS, list[Digest](), True
        for digest in self._queue.files.due():
            is_well = self._store(digest, shelf, listener, seconds())
            if is_well:
                done.append(digest)
            if not is_well or self._clock() >= until:
                break
        if done:
            self._queue.files.stored(done)
        for digest in done:
            self.remove(digest)
        return bool(done) and is_well

    def _store(self, digest: Digest, shelf: Shelf, listener: Listener, seconds: float) -> bool:
        """Put a file into the store; whether it is there, or nowhere."""
        data = self._read(digest)
        if data is None:
            listener(FileGone(cid=digest.cid))
            return True
        needed = try_seconds(len(data))
        if needed > seconds or not shelf.add(data, needed):
            return False
        listener(FileStored(cid=digest.cid, bytes=len(data)))
        return True

    def remove(self, digest: Digest) -> None:
        """Remove a file's bytes from the relay's disk."""
        self._path(digest).unlink(missing_ok=True)

    def _read(self, digest: Digest) -> bytes | None:
        try:
            data = self._path(digest).read_bytes()
        except OSError:
            return None
        return data if Digest.of(data) == digest else None

    def _path(self, digest: Digest) -> Path:
        return self._directory / digest.cid


class Incoming:
    """A file that is on its way to the relay's disk.

    Args:
        files: that it will be among.
        digest: that it is to have.
        file: open for its bytes.
        path: of that.

    Attributes:
        size: how many of its bytes have arrived.
    """

    def __init__(self, files: HandedFiles, digest: Digest, file: IO[bytes], path: Path) -> None:
        self._files, self._digest, self._file, self._path = files, digest, file, path
        self.size = 0

    def write(self, piece: bytes) -> None:
        """The next bytes.

        Raises:
            Refused: they are more than the task allows, or than there is space for.
            OSError: the disk does not take them.
        """
        if self.size + len(piece) > self._files.max_bytes:
            raise self._files.too_large()
        self._files.arrived(self._digest, len(piece))
        self.size += len(piece)
        self._file.write(piece)

    def finish(self) -> None:
        """All bytes are here.

        Raises:
            Refused: they are not those of the digest, or come too late.
            OSError, sqlite3.Error: they are not on disk.
        """
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.seek(0)
        found = Digest.of_file(self._file)
        if found != self._digest:
            raise Refused(
                Refusal.WRONG_FILE, f"these bytes have the digest {found.cid}, not the path's"
            )
        self._files.finish(self._digest, self._path, self.size)


def _flush_directory(directory: Path) -> None:
    """Have a file's new name on disk as well."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
