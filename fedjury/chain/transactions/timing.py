"""How long a sender waits for what, and how often it looks."""

from collections.abc import Callable
from dataclasses import dataclass

FIRST_PAUSE = 0.005  # a development chain has mined it by then
LONGEST_PAUSE = 30.0


@dataclass(frozen=True)
class Timing:
    """How long to wait for what, in seconds, and by which clock.

    Attributes:
        timeout: for a transaction to be mined.
        stuck_after: until one that is not mined is replaced.
        interval: between two looks for a receipt, once the first short pauses are over.
        clock: seconds that only ever grow.
        sleep: waits for some seconds.
    """

    timeout: float
    stuck_after: float
    interval: float
    clock: Callable[[], float]
    sleep: Callable[[float], None]


class Pauses:
    """Seconds to wait before each further look: from 5 ms on doubled, up to the interval.

    Args:
        interval: the longest pause while the node answers, in seconds.
    """

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._next = min(FIRST_PAUSE, interval)

    def take(self) -> float:
        """The pause after a look that found nothing."""
        pause = min(self._next, self._interval)
        self._next = min(2 * pause, self._interval)
        return pause

    def take_after_outage(self) -> float:
        """The pause after a look that the node did not answer: beyond the interval, up to 30 s."""
        self._next = min(max(2 * self._next, self._interval), LONGEST_PAUSE)
        return self._next
