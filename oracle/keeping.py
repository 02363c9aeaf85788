"""Keeping what reports rest on, so that nobody's removal of a file makes an audit fail.

Before a juror signs, its own daemon has pinned every file that somebody needs to derive the report
anew. Bytes of them lie in the juror's cache as well, so that a file which vanished from the store
is put there again.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from fedjury.errors import ContentError, FedjuryError, StoreUnavailable
from fedjury.oracle.events import FilesReleased, KeepingFailed
from fedjury.oracle.kept_record import KeptRecord
from fedjury.protocol.digest import Digest
from fedjury.runtime.events import Event, Listener, OnChange
from fedjury.runtime.loop import Backoff, Step
from fedjury.runtime.side_by_side import side_by_side
from fedjury.store import ContentStore, DirectoryStore, time_for

CHECK_AGAIN = 600.0  # seconds after which it is made sure again that a file is kept
WAITING_SECONDS = 0.5  # that a cycle may wait for it while there is nothing else to do
LAST_SECONDS = 30.0  # before the juror ends
_FILE_SECONDS = 5.0  # for a small file
_PIN_SECONDS = 2.0  # for a small file that lies in the cache, and is added where that fails
_PAUSE = 0.02
_DAY = 86_400.0

Runner = Callable[[Callable[[], None], int, float], None]


@dataclass(frozen=True)
class Shelf:
    """Where files are kept.

    Attributes:
        store: of the task, by the juror's own way to it.
        cache: on the juror's disk.
        max_bytes: of the largest file.
    """

    store: ContentStore
    cache: DirectoryStore
    max_bytes: int

    def keep(self, digest: Digest) -> None:
        """Have the store keep a file. Raises ContentError or StoreUnavailable."""
        data = self._copy(digest)
        try:
            self.store.keep(digest, time_for(len(data), _PIN_SECONDS))
        except (ContentError, StoreUnavailable):
            self.store.add(data)  # which keeps it too

    def drop(self, digest: Digest) -> None:
        """Have neither store nor cache keep it. Raises StoreUnavailable."""
        self.store.release(digest)
        self.cache.forget(digest)

    def _copy(self, digest: Digest) -> bytes:
        seconds = time_for(self.max_bytes, _FILE_SECONDS)
        try:
            return self.cache.fetch(digest, self.max_bytes, seconds)
        except ContentError:
            data = self.store.fetch(digest, self.max_bytes, seconds)
            self.cache.add(data)
            return data


class Keeper:
    """Keeps files for some days after they were last needed.

    A juror waits for it before it signs; what is done in the background never stops a juror's work.

    Args:
        shelf: where they are kept.
        record: of what is kept.
        days: how long; 0 for ever.
        listener: is told what goes wrong.
        now: Unix seconds.
        run: does work in a thread of its own, see `side_by_side`.
    """

    def __init__(
        self,
        shelf: Shelf,
        record: KeptRecord,
        days: float,
        listener: Listener,
        *,
        now: Callable[[], float] = time.time,
        run: Runner = side_by_side,
    ) -> None:
        self._shelf, self._record = shelf, record
        self._seconds = days * _DAY if days else float("inf")
        self._tell, self._now, self._run = OnChange(listener), now, run
        self._lock = threading.Lock()
        latest_first = sorted(record.needed, key=lambda each: -record.needed[each])
        self._due: dict[Digest, float] = dict.fromkeys(latest_first, 0.0)
        self._news: list[Event] = []
        self._working = threading.Lock()
        self._backoff, self._not_before = Backoff(), 0.0
        self._adopt()

    @property
    def kept(self) -> int:
        """How many files are to be kept."""
        with self._lock:
            return len(self._record.needed)

    def note(self, digests: Iterable[Digest]) -> None:
        """These files were needed now: they are to be kept."""
        wanted = list(dict.fromkeys(digests))
        if not wanted:
            return
        with self._lock:
            self._due |= {digest: self._due.get(digest, 0.0) for digest in wanted}
            self._write(lambda: self._record.note(wanted, self._now()))

    def secure(self, digests: Iterable[Digest]) -> None:
        """Have these files kept now; those that were seen to be kept a while ago are.

        Raises:
            StoreUnavailable: one of them is not, or nobody can say whether it is.
        """
        wanted = list(dict.fromkeys(digests))
        self.note(wanted)
        due = set(self._all_due())
        for digest in wanted:
            if digest not in due:
                continue
            try:
                self._shelf.keep(digest)
            except ContentError as error:
                raise StoreUnavailable(
                    f"{digest.cid} cannot be kept, without which nothing is signed: {error}"
                ) from error
            with self._lock:
                self._due[digest] = self._now() + CHECK_AGAIN

    def work(self, seconds: float) -> None:
        """Do what is due; what takes longer goes on while the juror does other things.

        Args:
            seconds: to wait for it at most.
        """
        if self._now() >= self._not_before:
            end = time.monotonic() + seconds
            self._run(lambda: self._sweep(end), 1, seconds)
        with self._lock:
            news, self._news = self._news, []
        for event in news:
            self._tell(event)

    def finish(self, stop: threading.Event) -> None:
        """Do all that is due, for the last time; gives up when `stop` is set, or after a while."""
        end = time.monotonic() + LAST_SECONDS
        while self._all_due() and time.monotonic() < end and not stop.wait(_PAUSE):
            self.work(WAITING_SECONDS)

    def after(self, cycle: Callable[[], Step], stop: threading.Event) -> Callable[[], Step]:
        """A juror's cycle that is followed by work wherever it leaves time for it."""

        def both() -> Step:
            step = cycle()
            if step is Step.WAITING:
                self.work(WAITING_SECONDS)
            elif step is Step.FINISHED:
                self.finish(stop)
            return step

        return both

    def _adopt(self) -> None:
        """What lies in the cache without a record of it (damaged, or older than records)."""
        if self._record.damaged:
            what = f"{self._record.damaged} lines of the record of kept files cannot be read"
            self._news.append(KeepingFailed(reason=what))
            self._write(lambda: self._record.forget([]))
        self.note(digest for digest in self._shelf.cache.digests() if digest not in self._due)

    def _sweep(self, end: float) -> None:
        if not self._working.acquire(blocking=False):
            return  # an earlier one is still at it
        try:
            if self._release() and self._keep(end):
                self._backoff.reset()
                return
            with self._lock:
                self._not_before = self._now() + self._backoff.take()
        finally:
            self._working.release()

    def _keep(self, end: float) -> bool:
        """Keep what is due. False when the store does not work."""
        for digest in self._all_due():
            failure = self._attempt(self._shelf.keep, digest)
            is_down = isinstance(failure, StoreUnavailable)
            with self._lock:
                if self._due.pop(digest, None) is not None:
                    # at the end of the line: one that always fails holds no other up
                    self._due[digest] = self._now() + (0.0 if is_down else CHECK_AGAIN)
            if is_down:
                return False
            if time.monotonic() >= end:
                break
        return True

    def _release(self) -> bool:
        """Release what was not needed for long. False when the store does not work."""
        since = self._now() - self._seconds
        with self._lock:
            old = [digest for digest, when in self._record.needed.items() if when < since]
        released = []
        for digest in old:
            if self._attempt(self._shelf.drop, digest) is not None:
                break
            released.append(digest)
        if released:
            self._forget(released)
        return len(released) == len(old)

    def _forget(self, digests: list[Digest]) -> None:
        with self._lock:
            for digest in digests:
                self._due.pop(digest, None)
            self._write(lambda: self._record.forget(digests))
            self._news.append(FilesReleased(files=len(digests)))

    def _write(self, action: Callable[[], None]) -> None:
        try:
            action()
        except OSError as error:
            self._news.append(KeepingFailed(reason=f"cannot write the record: {error}"))

    def _attempt(self, action: Callable[[Digest], None], digest: Digest) -> FedjuryError | None:
        try:
            action(digest)
        except (ContentError, StoreUnavailable) as error:
            with self._lock:
                self._news.append(KeepingFailed(cid=digest.cid, reason=str(error)))
            return error
        return None

    def _all_due(self) -> list[Digest]:
        now = self._now()
        with self._lock:
            return [digest for digest, when in self._due.items() if when <= now]
