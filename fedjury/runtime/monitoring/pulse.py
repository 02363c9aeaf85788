"""Signs of life of a process's work, so that long work is told from work that hangs."""

import time
from collections.abc import Callable


class Pulse:
    """When something was last done.

    Args:
        clock: seconds that only ever grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._at = clock, clock()

    def beat(self) -> None:
        """Something was done just now; from any thread, as often as one likes."""
        self._at = self._clock()

    @property
    def silence(self) -> float:
        """Seconds since something was last done."""
        return self._clock() - self._at


PULSE = Pulse()
"""The process's own: judging beats it with each model that it evaluates, and with each part of its
samples where that takes long."""
