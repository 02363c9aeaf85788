"""Doing the same work in several threads that hold nobody up, not even the program's end."""

import threading
import time
from collections.abc import Callable


def side_by_side(work: Callable[[], None], workers: int, seconds: float) -> None:
    """Do some work in so many threads, and return when all are done or the time is over.

    The threads are daemons: a program that ends does not wait for them, as it does for those of
    an executor.

    Args:
        work: called once in each thread.
        workers: how many threads.
        seconds: to wait for them at most.

    Raises:
        Whatever the work raises first in any of them.
    """
    done = threading.Semaphore(0)
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # it is the caller's to handle, in the caller's thread
            raised.append(error)
        finally:
            done.release()

    end = time.monotonic() + seconds
    for _ in range(workers):
        threading.Thread(target=run, daemon=True).start()
    for _ in range(workers):
        if not done.acquire(timeout=max(end - time.monotonic(), 0.0)):
            return
        if raised:
            raise raised[0]
