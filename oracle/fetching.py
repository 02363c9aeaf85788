"""Getting a round's update files, all within one time limit.

The files are asked for side by side, each again and again until the limit. So those that never
come cost the others nothing but the round's limit. What was fetched lies in a cache on disk, so a
killed juror starts where it was.
"""

import threading
import time
from collections.abc import Callable, Sequence

from fedjury.errors import (
    ContentError,
    ContentTooLarge,
    FedjuryError,
    NotAFile,
    StoreUnavailable,
)
from fedjury.oracle.tries import QUICK_TRY, FetchOutcome, Tries, Try
from fedjury.protocol.digest import Digest
from fedjury.protocol.update_failure import UpdateFailure
from fedjury.protocol.verdicts import VerdictCode
from fedjury.runtime.side_by_side import side_by_side
from fedjury.store import ContentStore, time_for

WORKERS = 128  # each holds a connection; systems allow a process as few as 256
_IN_MEMORY = 8  # files at a time, if they are small
_IN_MEMORY_BYTES = 2**27  # of them together, if there is more than one
_CACHE_SECONDS = 5.0
_GRACE = 0.9  # seconds beyond the limit for what a try has yet to find out about the store

Runner = Callable[[Callable[[], None], int, float], None]


class UpdateFetcher:
    """Fetches update files into a cache.

    Args:
        store: where clients publish.
        cache: a store of the juror's own.
        max_bytes: the spec's size limit.
        workers: how many files are asked for at a time.
        run: does the work in so many threads, see `side_by_side`.
        clock, sleep: seconds that only ever grow, and waiting for some.
    """

    def __init__(
        self,
        store: ContentStore,
        cache: ContentStore,
        max_bytes: int,
        *,
        workers: int = WORKERS,
        run: Runner = side_by_side,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store, self._cache = store, cache
        self._max_bytes = max_bytes
        self._workers, self._run = workers, run
        self._clock, self._sleep = clock, sleep
        at_a_time = max(1, min(_IN_MEMORY, _IN_MEMORY_BYTES // max_bytes))
        self._room = threading.BoundedSemaphore(at_a_time)

    def fetch_all(self, digests: Sequence[Digest], limit: float) -> list[FetchOutcome]:
        """Try to have every file in the cache.

        Args:
            digests: of the files.
            limit: seconds for all of them together.

        Returns:
            For each digest None, or why it cannot be had.

        Raises:
            StoreUnavailable: the store does not work well enough to say of every file whether it
                is to be had, or did not for a part of the time; that says nothing of the updates.
        """
        missing = {digest for digest in digests if not self._is_cached(digest)}
        wanted = [digest for digest in digests if digest in missing]
        quick = time_for(self._max_bytes, QUICK_TRY)
        tries = Tries(wanted, limit, self._workers, self._clock, quick)
        workers = min(len(missing), self._workers)
        try:
            self._run(lambda: self._work(tries), workers, limit + _GRACE)
        finally:
            tries.stop()
        outcomes = tries.outcomes()
        return [outcomes.get(digest) for digest in digests]

    def cached(self, digest: Digest) -> bytes:
        """A file that was fetched.

        Raises:
            ContentError, StoreUnavailable: the cache was tampered with since.
        """
        return self._cache.fetch(digest, self._max_bytes, _CACHE_SECONDS)

    def _work(self, tries: Tries) -> None:
        """Take one file after the other, until none is left."""
        while (turn := tries.take()) is not None:
            task, seconds = turn
            if wait := tries.wait_for(task):
                self._sleep(wait)
            if not tries.is_over:
                self._try(tries, task, seconds)

    def _try(self, tries: Tries, task: Try, seconds: float) -> None:
        digest = task.digest
        try:
            content = self._store.receive(digest, self._max_bytes, seconds)
            with self._room:
                self._cache.add(content())
        except ContentTooLarge as error:
            tries.decide(task, UpdateFailure(VerdictCode.TOO_LARGE, str(error)))
        except NotAFile as error:
            tries.decide(task, _unavailable(digest, error))
        except ContentError as error:
            tries.again(task, _unavailable(digest, error))
        except StoreUnavailable as error:
            tries.again(task, error)
        else:
            tries.decide(task, None)

    def _is_cached(self, digest: Digest) -> bool:
        try:
            self.cached(digest)
        except ContentError:
            return False
        return True


def _unavailable(digest: Digest, error: FedjuryError) -> UpdateFailure:
    return UpdateFailure(VerdictCode.UNAVAILABLE, f"{digest.cid}: {error}")
