"""The loop of a daemon: one cycle after another, transient errors outlasted with backoff."""

import threading
from collections.abc import Callable
from enum import Enum
from typing import TypeVar

from fedjury.errors import TransientError
from fedjury.runtime.events import Listener, TransientFailure

FIRST_BACKOFF = 1.0
LONGEST_BACKOFF = 30.0
LONGEST_RETRY_AFTER = 600.0  # what a service may ask for; beyond that it is asked again

T = TypeVar("T")


class Step(Enum):
    """What one cycle came to."""

    WAITING = "waiting"  # nothing to do now: sleep
    PROGRESS = "progress"  # something was done: look again at once
    FINISHED = "finished"  # nothing will ever be left to do


class Backoff:
    """Seconds to wait after each failure in a row: doubled, up to a limit."""

    def __init__(self) -> None:
        self._next = FIRST_BACKOFF

    def take(self) -> float:
        """The wait after one more failure."""
        seconds, self._next = self._next, min(2 * self._next, LONGEST_BACKOFF)
        return seconds

    def reset(self) -> None:
        """Forget the failures: something worked."""
        self._next = FIRST_BACKOFF


class Nap:
    """The rest between two cycles, from which any thread may wake the loop.

    Who sets the loop's `stop` from another thread wakes it as well, or waits for the nap's end.
    """

    def __init__(self) -> None:
        self._woken = threading.Event()

    def wake(self) -> None:
        """End the rest that is on, or the next one at its beginning."""
        self._woken.set()

    def take(self, seconds: float) -> None:
        """Rest for so long, or until somebody wakes the loop."""
        self._woken.wait(seconds)
        self._woken.clear()


def run_cycles(
    cycle: Callable[[], Step],
    stop: threading.Event,
    poll_seconds: float,
    listener: Listener,
    rest: Callable[[float], object] | None = None,
) -> bool:
    """Run cycles until one says finished or somebody sets `stop`.

    Args:
        cycle: does one thing.
        stop: ends the loop between two cycles, and the waits.
        poll_seconds: between two cycles of which the first had nothing to do.
        listener: is told of transient errors.
        rest: waits for so many seconds between two such cycles, such as `Nap.take`; by default
            for `stop`.

    Returns:
        True when finished, False when stopped.

    Raises:
        Whatever a cycle raises, except transient errors: those are told to the listener,
            and the cycle is tried again.
    """
    backoff, rest = Backoff(), rest or stop.wait
    while not stop.is_set():
        try:
            step = cycle()
        except TransientError as error:
            _wait(error, backoff, stop, listener)
            continue
        backoff.reset()
        if step is Step.FINISHED:
            return True
        if step is Step.WAITING:
            rest(poll_seconds)
    return False


def retry_until_stopped(
    action: Callable[[], T], stop: threading.Event, listener: Listener
) -> T | None:
    """Repeat an action until it meets no transient error; None when stopped before."""
    backoff = Backoff()
    while not stop.is_set():
        try:
            return action()
        except TransientError as error:
            _wait(error, backoff, stop, listener)
    return None


def _wait(
    error: TransientError, backoff: Backoff, stop: threading.Event, listener: Listener
) -> None:
    seconds = max(backoff.take(), min(error.retry_after or 0.0, LONGEST_RETRY_AFTER))
    listener(TransientFailure(reason=str(error), error=type(error).__name__, retry_seconds=seconds))
    stop.wait(seconds)
