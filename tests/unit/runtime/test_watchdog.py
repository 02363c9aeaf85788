"""One thread for all deadlines."""

import threading

from fedjury.runtime.watchdog import Watchdog


def test_alarms_ring_in_the_order_of_their_times() -> None:
    rung: list[str] = []
    done = threading.Event()
    dog = Watchdog()

    def last() -> None:
        rung.append("last")
        done.set()

    dog.after(0.06, last)
    dog.after(0.02, lambda: rung.append("first"))
    dog.after(0.04, lambda: rung.append("second"))
    assert done.wait(10)
    assert rung == ["first", "second", "last"]


def test_a_cancelled_alarm_never_rings() -> None:
    rung: list[str] = []
    done = threading.Event()
    dog = Watchdog()
    cancelled = dog.after(0.01, lambda: rung.append("cancelled"))
    cancelled.cancel()
    dog.after(0.03, done.set)
    assert done.wait(10)
    assert rung == []


def test_a_thousand_alarms_need_one_thread() -> None:
    dog = Watchdog()
    before = threading.active_count()
    alarms = [dog.after(60, lambda: None) for _ in range(1000)]
    assert threading.active_count() <= before + 1
    for alarm in alarms:
        alarm.cancel()
