"""Waiting for something to become true, for tests."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE_SECONDS = 60.0
_PAUSE_SECONDS = 0.05


def until(condition: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Ask again and again until a condition holds.

    Args:
        condition: is called until it returns something true.
        seconds: after so many the test fails.
    """
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {seconds:g} s"
        time.sleep(_PAUSE_SECONDS)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fails if the block took longer, which it ends by itself."""
    start = time.monotonic()
    yield
    assert time.monotonic() - start < seconds
