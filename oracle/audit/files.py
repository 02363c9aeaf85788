"""Getting files for an audit, which accuses nobody of what the store lacks for a moment."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from fedjury.errors import ContentError, ContentMismatch, ContentNotFound, ContentTooLarge, NotAFile
from fedjury.oracle.judging import Candidate
from fedjury.protocol.digest import Digest
from fedjury.protocol.update_failure import UpdateFailure
from fedjury.protocol.verdicts import VerdictCode
from fedjury.store import ContentStore, time_for
from fedjury.task.batches import RoundBatch, RoundUpdate
from fedjury.task.opened import OpenedTask

_TRIES = 4  # before a file that the jury had is said to be gone
_PAUSE = 0.5


@dataclass(frozen=True)
class Fetcher:
    """Asks a store again before it believes that a file is gone.

    Attributes:
        store: has the files.
        timeout: seconds for each file, if small, see `time_for`.
        sleep: waits for some seconds.
    """

    store: ContentStore
    timeout: float
    sleep: Callable[[float], None] = time.sleep

    def fetch(self, digest: Digest, limit: int, expected: int | None = None) -> bytes:
        """A file; one answer that it is not to be had could be a moment's, and would accuse.

        Args:
            digest: of the file.
            limit: bytes that it may have.
            expected: bytes that it gets time for; by default so many.

        Raises:
            ContentError, StoreUnavailable: as `ContentStore.fetch`.
        """
        began, size = time.monotonic(), limit if expected is None else expected
        seconds = time_for(size, self.timeout)
        for _ in range(_TRIES - 1):
            try:
                return self.store.fetch(digest, limit, seconds)
            except NotAFile:
                raise
            except (ContentNotFound, ContentMismatch):
                if time.monotonic() - began >= seconds:
                    raise
                self.sleep(_PAUSE)
        return self.store.fetch(digest, limit, seconds)


@dataclass(frozen=True)
class UpdateFiles:
    """Gets a round's update files for an audit, each once.

    Attributes:
        task: whose they are.
        cache: takes them.
        fetcher: gets them.
    """

    task: OpenedTask
    cache: ContentStore
    fetcher: Fetcher

    def candidates(
        self,
        round_number: int,
        slots: Iterable[RoundUpdate | RoundBatch],
        codes: Iterable[VerdictCode],
    ) -> list[Candidate]:
        """The round as a juror would see it.

        An update that the jury could not have stays so, whatever the store has now; one that it
        had and that is gone now fails as unavailable. No file is asked for that is not judged.

        Args:
            round_number: of the round.
            slots: what each verdict is on.
            codes: the verdicts.
        """
        return [
            self._candidate(round_number, slot, code)
            for slot, code in zip(slots, codes, strict=True)
        ]

    def _candidate(
        self, round_number: int, slot: RoundUpdate | RoundBatch, code: VerdictCode
    ) -> Candidate:
        if isinstance(slot, RoundBatch):
            digest, client = slot.submitted.digest, slot.submitted.relayer
        else:
            digest, client = slot.digest, slot.client
        limit = self.task.spec.update.max_bytes
        return Candidate(
            self.task.tag(round_number, client),
            lambda: self.cache.fetch(digest, limit, self.fetcher.timeout),
            slot.failure or self._fetch(digest, limit, code),
        )

    def _fetch(self, digest: Digest, limit: int, code: VerdictCode) -> UpdateFailure | None:
        """Have a file in the cache; why not, where that cannot be."""
        if code is VerdictCode.UNAVAILABLE:
            return UpdateFailure(VerdictCode.UNAVAILABLE, "the jury did not get it in time")
        try:
            self.cache.add(self.fetcher.fetch(digest, limit))
        except ContentTooLarge as error:
            return UpdateFailure(VerdictCode.TOO_LARGE, str(error))
        except ContentError as error:
            return UpdateFailure(VerdictCode.UNAVAILABLE, str(error))
        return None
