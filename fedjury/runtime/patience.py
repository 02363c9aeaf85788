"""Waiting for services that refuse for a while, within one limit for all of them."""

import time
from collections.abc import Callable
from typing import TypeVar

from fedjury.errors import TransientError

FIRST_WAIT = 1.0
LONGEST_WAIT = 30.0

T = TypeVar("T")


class Patience:
    """How long a program is willing to wait, in all, for services that refuse for a while.

    One-shot commands share one among all that they ask. Daemons have a little for each call, so
    that what takes many is not lost for the failure of one; beyond that their loop waits, and
    tells of it.

    Args:
        seconds: in all; 0 for none.
        first_wait: seconds before the second try; the third comes after twice that, and so on.
        for_each: whether every call has the seconds for itself.
        clock: seconds that only ever grow.
        sleep: waits for some seconds.

    Attributes:
        for_each: as given.
    """

    def __init__(
        self,
        seconds: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        *,
        first_wait: float = FIRST_WAIT,
        for_each: bool = False,
    ) -> None:
        self._seconds = self._left = seconds
        self._first_wait, self.for_each = first_wait, for_each
        self._clock, self._sleep = clock, sleep

    @classmethod
    def of_daemon(cls) -> "Patience":
        """A daemon's: a few tries within three seconds for each call."""
        return cls(3.0, first_wait=0.25, for_each=True)

    def call(
        self,
        action: Callable[[], T],
        passes: Callable[[TransientError], bool] = lambda _: False,
    ) -> T:
        """Do something, again and again while the other side asks to be left alone.

        Args:
            action: what is done.
            passes: whether a failure with which the other side asks for nothing may be over in a
                moment, so that it is waited for as well.

        Raises:
            TransientError: the other side asks for longer than what is left, or fails otherwise.
        """
        pause, left = self._first_wait, self._seconds
        while True:
            try:
                return action()
            except TransientError as error:
                if error.retry_after is None and not passes(error):
                    raise
                wait = max(pause, error.retry_after or 0.0)
                if wait > (left if self.for_each else self._left):
                    raise
                took = self._rest(wait)
                left, self._left = left - took, self._left - took
                pause = min(2 * pause, LONGEST_WAIT)

    def _rest(self, seconds: float) -> float:
        began = self._clock()
        self._sleep(seconds)
        return max(seconds, self._clock() - began)
