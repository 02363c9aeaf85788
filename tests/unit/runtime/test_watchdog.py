"""One thread for all deadlines."""

import threading
import time
from types import SimpleNamespace

import pytest

from fedjury.runtime import watchdog
from fedjury.runtime.watchdog import Watchdog


class Clock:
    """The dog's clock, which stands still until it is let go: no alarm rings before."""

    def __init__(self) -> None:
        self._begin, self._stands = time.monotonic(), True

    def now(self) -> float:
        return self._begin if self._stands else time.monotonic()

    def go(self) -> None:
        self._stands = False


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(watchdog, "time", SimpleNamespace(monotonic=made.now))
    return made


def test_alarms_ring_in_the_order_of_their_times(clock: Clock) -> None:
    rung: list[str] = []
    done = threading.Event()
    dog = Watchdog()

    def last() -> None:
        rung.append("last")
        done.set()

    dog.after(0.06, last)
    dog.after(0.02, lambda: rung.append("first"))
    dog.after(0.04, lambda: rung.append("second"))
    clock.go()
    assert done.wait(10)
    assert rung == ["first", "second", "last"]


def test_a_cancelled_alarm_never_rings(clock: Clock) -> None:
    rung: list[str] = []
    done = threading.Event()
    dog = Watchdog()
    cancelled = dog.after(0.01, lambda: rung.append("cancelled"))
    cancelled.cancel()
    dog.after(0.03, done.set)
    clock.go()
    assert done.wait(10)
    assert rung == []


def test_a_thousand_alarms_need_one_thread() -> None:
    dog = Watchdog()
    before = threading.active_count()
    alarms = [dog.after(60, lambda: None) for _ in range(1000)]
    assert threading.active_count() <= before + 1
    for alarm in alarms:
        alarm.cancel()
