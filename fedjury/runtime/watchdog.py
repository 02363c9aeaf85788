"""One thread for all deadlines of a process: calls functions when their time has come."""

import heapq
import itertools
import os
import threading
import time
from collections.abc import Callable

_IDLE_SECONDS = 60.0


class Alarm:
    """One deadline; says nothing any more once it is cancelled."""

    def __init__(self, action: Callable[[], None]) -> None:
        self._action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """Forget the action, and all that it holds."""
        self._action = None

    def ring(self) -> None:
        """Do the action, unless it was cancelled; a second time does nothing."""
        action, self._action = self._action, None
        if action is not None:
            action()


class Watchdog:
    """Rings alarms in a daemon thread, which lives only while there are any.

    The actions must be short and must not raise: they hold up all that come after them.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._alarms: list[tuple[float, int, Alarm]] = []
        self._numbers = itertools.count()
        self._is_running = False

    def after(self, seconds: float, action: Callable[[], None]) -> Alarm:
        """Have something done in so many seconds."""
        alarm = Alarm(action)
        with self._changed:
            entry = (time.monotonic() + seconds, next(self._numbers), alarm)
            heapq.heappush(self._alarms, entry)
            if not self._is_running:
                self._is_running = True
                threading.Thread(target=self._watch, name="watchdog", daemon=True).start()
            elif self._alarms[0] is entry:
                self._changed.notify()
        return alarm

    def _watch(self) -> None:
        while (due := self._wait()) is not None:
            due.ring()

    def _wait(self) -> Alarm | None:
        """The next alarm, once it is due; None when there was none for a while."""
        with self._changed:
            while True:
                left = self._alarms[0][0] - time.monotonic() if self._alarms else _IDLE_SECONDS
                if left <= 0:
                    return heapq.heappop(self._alarms)[2]
                if not self._changed.wait(left) and not self._alarms:
                    self._is_running = False
                    return None


_shared = [Watchdog()]


def shared_watchdog() -> Watchdog:
    """The one of this process."""
    return _shared[0]


def _after_fork() -> None:
    """Threads do not survive a fork, and a lock may be held for ever in the child."""
    _shared[0] = Watchdog()


os.register_at_fork(after_in_child=_after_fork)
