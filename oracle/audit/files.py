"""Getting files for an audit, which accuses nobody of what the store lacks for a moment."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from fedjury.errors import ContentError, ContentMismatch, ContentNotFound, ContentTooLarge, NotAFile
from fedjury.oracle.audit.spool import Spool
from fedjury.oracle.judging import Candidate
from fedjury.protocol.digest import Digest
from fedjury.protocol.update_failure import UpdateFailure
from fedjury.protocol.verdicts import VerdictCode
from fedjury.runtime.side_by_side import side_by_side
from fedjury.store import ContentStore, time_for
from fedjury.task.batches import RoundBatch, RoundUpdate
from fedjury.task.opened import OpenedTask

_WORKERS = 8
_FOREVER = 1e9  # seconds: each file has its own limit
_LATE = UpdateFailure(VerdictCode.UNAVAILABLE, "the jury did not get it in time")
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
    """Gets a round's update files for an audit, several at a time and each once.

    Attributes:
        task: whose they are.
        spool: takes them.
        fetcher: gets them.
    """

    task: OpenedTask
    spool: Spool
    fetcher: Fetcher

    def candidates(
        self,
        round_number: int,
        slots: Sequence[RoundUpdate | RoundBatch],
        codes: Sequence[VerdictCode],
    ) -> list[Candidate]:
        """The round as a juror would see it.

        An update that the jury could not have stays so, whatever the store has now; one that it
        had and that is gone now fails as unavailable. No file is asked for that is not judged.

        Args:
            round_number: of the round.
            slots: what each verdict is on.
            codes: the verdicts.

        Raises:
            StoreUnavailable: no statement can be made now.
            NoScratchSpace: this machine has no room for the files.
        """
        both = list(zip(slots, codes, strict=True))
        found = self._fetch_all(
            {
                slot.digest: None
                for slot, code in both
                if isinstance(slot, RoundUpdate) and _is_wanted(slot, code)
            }
        )
        return [self._candidate(round_number, slot, code, found) for slot, code in both]

    def _candidate(
        self,
        round_number: int,
        slot: RoundUpdate | RoundBatch,
        code: VerdictCode,
        found: Mapping[Digest, UpdateFailure | None],
    ) -> Candidate:
        if isinstance(slot, RoundBatch):
            return Candidate(
                self.task.tag(round_number, slot.submitted.relayer), bytes, slot.failure
            )
        failure: UpdateFailure | None = slot.failure or _LATE
        if _is_wanted(slot, code):
            failure = found[slot.digest]
        tag = self.task.tag(round_number, slot.client)
        return Candidate(tag, partial(self.spool.read, slot.digest), failure)

    def _fetch_all(self, digests: Iterable[Digest]) -> dict[Digest, UpdateFailure | None]:
        """Have files in the spool; of each why not, where that cannot be."""
        found: dict[Digest, UpdateFailure | None] = {}
        waiting = deque(digests)

        def work() -> None:
            try:
                while (digest := _next(waiting)) is not None:
                    found[digest] = self._fetch(digest)
            except BaseException:
                waiting.clear()  # the others need not go on
                raise

        if waiting:
            side_by_side(work, min(_WORKERS, len(waiting)), _FOREVER)
        return found

    def _fetch(self, digest: Digest) -> UpdateFailure | None:
        try:
            self.spool.add(digest, self.fetcher.fetch(digest, self.task.spec.update.max_bytes))
        except ContentTooLarge as error:
            return UpdateFailure(VerdictCode.TOO_LARGE, str(error))
        except ContentError as error:
            return UpdateFailure(VerdictCode.UNAVAILABLE, str(error))
        return None


def _is_wanted(slot: RoundUpdate, code: VerdictCode) -> bool:
    """Whether an update's file decides its verdict."""
    return slot.failure is None and code is not VerdictCode.UNAVAILABLE


def _next(waiting: deque[Digest]) -> Digest | None:
    """The next of what several threads take from."""
    try:
        return waiting.popleft()
    except IndexError:
        return None
