"""Getting a round's files, updates or batches, all within one time limit.

The files are asked for side by side, each again and again until the limit. So those that never
come cost the others nothing but the round's limit. What was fetched lies in a cache on disk, so a
killed juror starts where it was.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fedjury.errors import (
    ContentError,
    ContentNotFound,
    ContentTooLarge,
    FedjuryError,
    NotAFile,
    StoreUnavailable,
)
from fedjury.oracle.oversize import OversizeProofs
from fedjury.oracle.tries import QUICK_TRY, FetchOutcome, Tries, Try
from fedjury.protocol.digest import Digest
from fedjury.protocol.oversize import proves_too_large
from fedjury.protocol.update_failure import UpdateFailure
from fedjury.protocol.verdicts import VerdictCode
from fedjury.runtime.side_by_side import side_by_side
from fedjury.store import ContentStore, DirectoryStore, time_for

WORKERS = 128  # each holds a connection; systems allow a process as few as 256
_IN_MEMORY = 8  # files at a time, if they are small
_IN_MEMORY_BYTES = 2**27  # of them together, if there is more than one
_CACHE_SECONDS = 5.0
_GRACE = 0.9  # seconds beyond the limit for what a try has yet to find out about the store

Runner = Callable[[Callable[[], None], int, float], None]


@dataclass(frozen=True)
class _Job:
    """Files that are fetched together.

    Attributes:
        tries: whose turn it is.
        sizes: by digest the bytes that each file may have.
        room: for as many files as may lie in memory at a time.
    """

    tries: Tries
    sizes: Mapping[Digest, int]
    room: threading.BoundedSemaphore


class UpdateFetcher:
    """Fetches update files, and those of batches, into a cache.

    Args:
        store: where clients and relayers publish.
        cache: a store of the juror's own.
        max_bytes: the spec's size limit of an update.
        proofs: keeps what proves that a file is too large, of which then nobody is asked again;
            what is too large and cannot be proven to others is unavailable then. None where
            there are no others.
        workers: how many files are asked for at a time.
        run: does the work in so many threads, see `side_by_side`.
        clock, sleep: seconds that only ever grow, and waiting for some.
    """

    def __init__(
        self,
        store: ContentStore,
        cache: DirectoryStore,
        max_bytes: int,
        *,
        proofs: OversizeProofs | None = None,
        workers: int = WORKERS,
        run: Runner = side_by_side,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store, self._cache = store, cache
        self._max_bytes, self._proofs = max_bytes, proofs
        self._workers, self._run = workers, run
        self._clock, self._sleep = clock, sleep

    def fetch_all(self, digests: Sequence[Digest], limit: float) -> list[FetchOutcome]:
        """Try to have every update file in the cache.

        Args:
            digests: of the files.
            limit: seconds for all of them together.

        Returns:
            For each digest None, or why it cannot be had.

        Raises:
            StoreUnavailable: as `fetch_sized`.
        """
        outcomes = self.fetch_sized(dict.fromkeys(digests, self._max_bytes), limit)
        return [outcomes[digest] for digest in digests]

    def fetch_sized(self, sizes: Mapping[Digest, int], limit: float) -> dict[Digest, FetchOutcome]:
        """Try to have every one of some files in the cache.

        Args:
            sizes: by digest the bytes that each file may have.
            limit: seconds for all of them together.

        Returns:
            By digest None, or why the file cannot be had.

        Raises:
            StoreUnavailable: the store does not work well enough to say of every file whether it
                is to be had, or did not for a part of the time; that says nothing of the files.
        """
        absent = {
            digest: size for digest, size in sizes.items() if not self._is_cached(digest, size)
        }
        proven = {
            digest: _too_large(f"{digest.cid} is proven to be larger than {size} bytes")
            for digest, size in absent.items()
            if self._is_proven(digest, size)
        }
        missing = {digest: size for digest, size in absent.items() if digest not in proven}
        largest = max(missing.values(), default=0)
        quick = time_for(largest, QUICK_TRY)
        tries = Tries(missing, limit, self._workers, self._clock, quick)
        job = _Job(tries, missing, threading.BoundedSemaphore(_at_a_time(largest)))
        workers = min(len(missing), self._workers)
        try:
            self._run(lambda: self._work(job), workers, limit + _GRACE)
        finally:
            tries.stop()
        outcomes = {**proven, **tries.outcomes()}
        return {digest: outcomes.get(digest) for digest in sizes}

    def holds(self, digest: Digest) -> bool:
        """Whether there is a file of this name in the cache, whatever its bytes, or a proof that it
        is too large."""
        if self._cache.has(digest):
            return True
        return self._proofs is not None and self._proofs.find(digest, 0) is not None

    def cached(self, digest: Digest, max_bytes: int | None = None) -> bytes:
        """A file that was fetched.

        Args:
            digest: of the file.
            max_bytes: that it may have; None is an update's limit.

        Raises:
            ContentError, StoreUnavailable: the cache was tampered with since.
        """
        most = self._max_bytes if max_bytes is None else max_bytes
        return self._cache.fetch(digest, most, _CACHE_SECONDS)

    def _work(self, job: _Job) -> None:
        """Take one file after the other, until none is left."""
        while (turn := job.tries.take()) is not None:
            task, seconds = turn
            if wait := job.tries.wait_for(task):
                self._sleep(wait)
            if not job.tries.is_over:
                self._try(job, task, seconds)

    def _try(self, job: _Job, task: Try, seconds: float) -> None:
        digest, tries = task.digest, job.tries
        try:
            outcome = self._get(job, digest, seconds)
        except NotAFile as error:
            tries.decide(task, _unavailable(digest, error))
        except ContentError as error:
            tries.again(task, _unavailable(digest, error))
        except StoreUnavailable as error:
            tries.again(task, error)
        else:
            tries.decide(task, outcome)

    def _get(self, job: _Job, digest: Digest, seconds: float) -> FetchOutcome:
        """Have a file in the cache, or the proof that it is too large among the proofs."""
        size = job.sizes[digest]
        try:
            content = self._store.receive(digest, size, seconds)
            with job.room:
                self._cache.add(content())
        except ContentTooLarge as error:
            if self._proofs is not None:
                if error.root is None or not proves_too_large(digest, error.root, size):
                    raise ContentNotFound(f"{error}, which nothing proves to others") from error
                self._proofs.keep(digest, error.root)
            return _too_large(str(error))
        return None

    def _is_cached(self, digest: Digest, size: int) -> bool:
        try:
            self.cached(digest, size)
        except ContentError:
            return False
        return True

    def _is_proven(self, digest: Digest, size: int) -> bool:
        """Whether a proof is kept that a file is larger than it may be."""
        return self._proofs is not None and self._proofs.find(digest, size) is not None


def _at_a_time(size: int) -> int:
    """How many files of this size may lie in memory at a time."""
    return max(1, min(_IN_MEMORY, _IN_MEMORY_BYTES // max(size, 1)))


def _too_large(reason: str) -> UpdateFailure:
    return UpdateFailure(VerdictCode.TOO_LARGE, reason)


def _unavailable(digest: Digest, error: FedjuryError) -> UpdateFailure:
    return UpdateFailure(VerdictCode.UNAVAILABLE, f"{digest.cid}: {error}")
