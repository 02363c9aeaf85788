"""Threads that follow what the other jurors say: one each, waiting for news at the other's side."""

import threading
from collections.abc import Callable, Collection
from functools import partial
from typing import TypeVar

from fedjury.errors import TransientError
from fedjury.oracle.exchange.http_events import HearingFailed
from fedjury.runtime.events import Listener
from fedjury.runtime.loop import Backoff

POLL_SECONDS = 20.0  # that a juror may wait for news before it answers
_LOOK_SECONDS = 1.0  # between two looks at who sits in the jury
_LEAST_SECONDS = 0.3  # between two questions to one juror
_MEET_SECONDS = 60.0  # between two questions where the others are

T = TypeVar("T")


class Followers:
    """Follows jurors while its `with` block runs.

    Args:
        jurors: the others of the jury that is on; nobody while no round is.
        pull: takes over what a juror knows, waiting for so many seconds for news; says whether it
            answered.
        meet: finds out where jurors are.
        listener: is told what goes wrong; no thread ends by it.
    """

    def __init__(
        self,
        jurors: Callable[[], Collection[str]],
        pull: Callable[[str, float], bool],
        meet: Callable[[], None],
        listener: Listener,
    ) -> None:
        self._jurors, self._pull, self._meet = jurors, pull, meet
        self._listener = listener
        self._stop = threading.Event()
        self._threads: dict[str, threading.Thread] = {}

    def __enter__(self) -> "Followers":
        self._start("jurors", self._look)
        self._start("meeting", self._keep_meeting)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()

    def _look(self) -> None:
        """Follow whoever sits now."""
        while not self._stop.wait(_LOOK_SECONDS):
            for juror in self._tried(self._jurors) or ():
                if not self._is_followed(juror):
                    self._start(juror, partial(self._follow, juror))

    def _is_followed(self, juror: str) -> bool:
        thread = self._threads.get(juror)
        return thread is not None and thread.is_alive()

    def _follow(self, juror: str) -> None:
        backoff = Backoff()
        while not self._stop.is_set() and juror in (self._tried(self._jurors) or ()):
            if self._tried(partial(self._pull, juror, POLL_SECONDS), juror):
                backoff.reset()
                self._stop.wait(_LEAST_SECONDS)
            else:
                self._stop.wait(backoff.take())

    def _keep_meeting(self) -> None:
        seconds = _LOOK_SECONDS
        while not self._stop.is_set():
            self._tried(self._meet)
            self._stop.wait(seconds)
            seconds = min(2 * seconds, _MEET_SECONDS)

    def _tried(self, work: Callable[[], T], juror: str | None = None) -> T | None:
        """What some work gives; None where it fails, which is told and ends no thread."""
        try:
            return work()
        except Exception as error:  # a full disk, or a bug: the others are still to be heard
            if not self._stop.is_set():  # afterwards the docket is closed
                reason = str(error) if isinstance(error, TransientError) else repr(error)
                self._listener(HearingFailed(juror=juror, reason=f"{reason:.500}"))
            return None

    def _start(self, name: str, work: Callable[[], None]) -> None:
        # daemons: what one of them waits for must not keep the process from ending
        thread = threading.Thread(target=work, name=f"exchange-{name}", daemon=True)
        self._threads[name] = thread
        thread.start()
