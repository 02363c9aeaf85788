"""Getting a round's update files, all within one time limit.

Every file gets a quick first try, side by side; only what was not to be had then is tried again
until the limit. So those that never answer cost the others nothing but the round's limit.
What was fetched lies in a cache on disk, so a killed juror starts where it was.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from fedjury.errors import ContentError, ContentMismatch, ContentNotFound, ContentTooLarge
from fedjury.oracle.update_failure import UpdateFailure
from fedjury.protocol.digest import Digest
from fedjury.protocol.verdicts import VerdictCode
from fedjury.store import ContentStore

WORKERS = 8
QUICK_TRY = 5.0
PAUSE = 1.0


FetchOutcome = UpdateFailure | None


class UpdateFetcher:
    """Fetches update files into a cache.

    Args:
        store: where clients publish.
        cache: a store of the juror's own.
        max_bytes: the spec's size limit.
        limit: seconds for all files of a round together.
        workers: how many files are asked for at a time.
        clock, sleep: seconds that only ever grow, and waiting for some.

    Attributes:
        limit: the same.
    """

    def __init__(
        self,
        store: ContentStore,
        cache: ContentStore,
        max_bytes: int,
        limit: float,
        *,
        workers: int = WORKERS,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store, self._cache = store, cache
        self._max_bytes, self.limit = max_bytes, limit
        self._workers, self._clock, self._sleep = workers, clock, sleep

    def fetch_all(
        self, digests: Sequence[Digest], *, limit: float | None = None
    ) -> list[FetchOutcome]:
        """Try to have every file in the cache.

        Args:
            digests: of the files.
            limit: seconds for all of them together this time; None for the fetcher's own limit.

        Returns:
            For each digest None, or why it cannot be had.

        Raises:
            StoreUnavailable: the store itself does not work, which says nothing of the updates.
        """
        limit = self.limit if limit is None else limit
        deadline = self._clock() + limit
        outcomes = dict(zip(digests, self._try(digests, min(QUICK_TRY, limit)), strict=True))
        while missing := [d for d in outcomes if _worth_another_try(outcomes[d])]:
            left = deadline - self._clock()
            if left <= 0:
                break
            self._sleep(min(PAUSE, left))
            outcomes.update(zip(missing, self._try_again(missing, deadline, outcomes), strict=True))
        return [outcomes[digest] for digest in digests]

    def cached(self, digest: Digest) -> bytes:
        """A file that was fetched.

        Raises:
            ContentError, StoreUnavailable: the cache was tampered with since.
        """
        return self._cache.fetch(digest, self._max_bytes, QUICK_TRY)

    def _try(self, digests: Sequence[Digest], timeout: float) -> list[FetchOutcome]:
        with ThreadPoolExecutor(self._workers) as pool:
            return list(pool.map(lambda digest: self._fetch(digest, timeout), digests))

    def _try_again(
        self, digests: Sequence[Digest], deadline: float, before: Mapping[Digest, FetchOutcome]
    ) -> list[FetchOutcome]:
        def again(digest: Digest) -> FetchOutcome:
            # many silent ones wait for a worker: by then the limit may be over
            left = deadline - self._clock()
            return self._fetch(digest, min(QUICK_TRY, left)) if left > 0 else before[digest]

        with ThreadPoolExecutor(self._workers) as pool:
            return list(pool.map(again, digests))

    def _fetch(self, digest: Digest, timeout: float) -> FetchOutcome:
        if self._is_cached(digest):
            return None
        try:
            self._cache.add(self._store.fetch(digest, self._max_bytes, timeout))
        except ContentTooLarge as error:
            return UpdateFailure(VerdictCode.TOO_LARGE, str(error))
        except (ContentNotFound, ContentMismatch) as error:
            return UpdateFailure(VerdictCode.UNAVAILABLE, f"{digest.cid}: {error}")
        return None

    def _is_cached(self, digest: Digest) -> bool:
        try:
            self._cache.fetch(digest, self._max_bytes, QUICK_TRY)
        except ContentError:
            return False
        return True


def _worth_another_try(outcome: FetchOutcome) -> bool:
    return outcome is not None and outcome.code is VerdictCode.UNAVAILABLE
