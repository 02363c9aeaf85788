"""Work in several threads."""

import threading
import time

import pytest

from fedjury.runtime.side_by_side import side_by_side


def test_the_work_is_done_in_each_thread_at_the_same_time() -> None:
    together = threading.Barrier(5)
    side_by_side(lambda: (together.wait(10), None)[1], 5, 10)
    assert not together.broken


def test_no_workers_do_nothing() -> None:
    side_by_side(lambda: pytest.fail("called"), 0, 10)


def test_threads_that_hang_are_left_behind() -> None:
    stuck = threading.Event()
    start = time.monotonic()
    side_by_side(lambda: (stuck.wait(60), None)[1], 3, 0.05)
    assert time.monotonic() - start < 10
    stuck.set()


def test_what_the_work_raises_is_the_callers() -> None:
    def work() -> None:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        side_by_side(work, 3, 10)
