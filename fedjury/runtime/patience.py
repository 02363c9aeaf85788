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

    Daemons have none: their loop waits, and tells of it. One-shot commands share one among all
    that they ask.

    Args:
        seconds: in all; 0 for none.
        clock: seconds that only ever grow.
        sleep: waits for some seconds.
    """

    def __init__(
        self,
        seconds: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._left = seconds
        self._clock, self._sleep = clock, sleep

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
        pause = FIRST_WAIT
        while True:
            try:
                return action()
            except TransientError as error:
                if error.retry_after is None and not passes(error):
                    raise
                wait = max(pause, error.retry_after or 0.0)
                if wait > self._left:
                    raise
                self._rest(wait)
                pause = min(2 * pause, LONGEST_WAIT)

    def _rest(self, seconds: float) -> None:
        began = self._clock()
        self._sleep(seconds)
        self._left -= max(seconds, self._clock() - began)
