"""Putting a relay's files into the store: each try in bounded time, and what is wrong with it."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from threading import Thread

from fedjury.errors import ContentError, StoreUnavailable
from fedjury.runtime.events import Listener, TransientFailure
from fedjury.store import ContentStore, time_for

TRY_SECONDS = 10.0  # for a small file
RETRY_SECONDS = 5.0
ANSWER_SECONDS = 3.0  # for a look whether it answers
CHECK_SECONDS = 30.0
MOST_HANGING = 4


class Shelf:
    """A store that a relay never waits for longer than it says; failures are told, not raised.

    Args:
        store: the same.
        listener: is told of failures.
        clock: seconds that only ever grow.

    Attributes:
        store: as given.
        trouble: what is wrong with it, in a sentence; "" where it worked the last time.
    """

    def __init__(
        self,
        store: ContentStore,
        listener: Listener,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store, self._listener, self._clock = store, listener, clock
        self.trouble = ""
        self._next_try = self._next_check = clock()
        self._refused_until = 0.0
        self._hanging: list[Future[None]] = []

    def add(self, data: bytes, seconds: float) -> bool:
        """Have the store keep a file; soon after a failure nothing is tried.

        Args:
            data: the file.
            seconds: that it may take; what goes on longer goes on without being waited for.

        Returns:
            Whether the store has it.
        """
        if self._clock() < self._next_try:
            return False
        is_kept = self._try(lambda: self.store.add(data), seconds)
        self._refused_until = 0.0 if is_kept else self._clock() + CHECK_SECONDS
        return is_kept

    def look(self) -> None:
        """See whether the store answers, now and then, and more often while it has not.

        A store that has just refused a file is not well, whatever it answers.
        """
        now = self._clock()
        is_due = now >= self._next_check or bool(self.trouble)
        if is_due and now >= self._refused_until and self._try(self.store.check, ANSWER_SECONDS):
            self._next_check = now + CHECK_SECONDS

    def _try(self, action: Callable[[], object], seconds: float) -> bool:
        if self._clock() < self._next_try:
            return False
        try:
            self._within(action, seconds)
        except (StoreUnavailable, ContentError) as error:  # or it calls a file by another CID
            pause = min(RETRY_SECONDS, seconds)
            self._next_try = self._clock() + pause
            self.trouble = f"the store, {self.store.name}, does not work: {error}"
            name = type(error).__name__
            self._listener(
                TransientFailure(reason=self.trouble, error=name, retry_seconds=round(pause, 1))
            )
            return False
        self.trouble = ""
        return True

    def _within(self, action: Callable[[], object], seconds: float) -> None:
        self._hanging = [each for each in self._hanging if not each.done()]
        if len(self._hanging) >= MOST_HANGING:
            raise StoreUnavailable(f"it has not answered {len(self._hanging)} requests yet")
        done: Future[None] = Future()

        def work() -> None:
            try:
                action()
            except BaseException as error:  # whoever waits raises it
                done.set_exception(error)
            else:
                done.set_result(None)

        Thread(target=work, name="shelf", daemon=True).start()
        try:
            done.result(seconds)
        except FutureTimeout:
            if done.done():  # an error of the store's own
                raise
            self._hanging.append(done)
            raise StoreUnavailable(f"no answer within {seconds:.1f} s") from None


def try_seconds(size: int) -> float:
    """Seconds that one try with a file of so many bytes may take."""
    return time_for(size, TRY_SECONDS)
