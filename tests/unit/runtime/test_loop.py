"""The loop of a daemon."""

import threading
from collections.abc import Iterator

import pytest

from fedjury.errors import ChainUnavailable, ConfigError, StoreUnavailable
from fedjury.runtime.events import TransientFailure
from fedjury.runtime.loop import Backoff, Nap, Step, retry_until_stopped, run_cycles
from tests.support.recorder import Recorder


class Waits(threading.Event):
    """An event that remembers how long it was waited for, and waits for nothing."""

    def __init__(self, at_most: int = 100) -> None:
        super().__init__()
        self.seconds: list[float | None] = []
        self._at_most = at_most

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout)
        if len(self.seconds) >= self._at_most:
            self.set()
        return self.is_set()


def _cycles(*steps: Step | Exception) -> Iterator[Step | Exception]:
    return iter(steps)


def _run(steps: Iterator[Step | Exception], stop: threading.Event, told: Recorder) -> bool:
    def cycle() -> Step:
        step = next(steps)
        if isinstance(step, Exception):
            raise step
        return step

    return run_cycles(cycle, stop, 2.0, told)


def test_backoff_doubles_up_to_half_a_minute_and_starts_anew() -> None:
    backoff = Backoff()
    assert [backoff.take() for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    backoff.reset()
    assert backoff.take() == 1


def test_progress_looks_again_at_once_and_waiting_polls() -> None:
    stop = Waits()
    steps = _cycles(Step.PROGRESS, Step.WAITING, Step.PROGRESS, Step.WAITING, Step.FINISHED)
    assert _run(steps, stop, Recorder())
    assert stop.seconds == [2.0, 2.0]


@pytest.mark.parametrize(("asked", "waited"), [(None, 1.0), (0.2, 1.0), (45.0, 45.0), (9e9, 600.0)])
def test_a_service_that_asks_to_be_left_alone_is(asked: float | None, waited: float) -> None:
    stop = Waits()
    error = StoreUnavailable("too many requests")
    error.retry_after = asked
    assert _run(_cycles(error, Step.FINISHED), stop, Recorder())
    assert stop.seconds == [waited]


def test_transient_errors_are_told_and_outlasted() -> None:
    stop, told = Waits(), Recorder()
    down = ChainUnavailable("down")
    steps = _cycles(down, down, StoreUnavailable("gone"), Step.PROGRESS, down, Step.FINISHED)
    assert _run(steps, stop, told)
    assert stop.seconds == [1, 2, 4, 1]
    assert told.names == ["transient-failure"] * 4
    third = TransientFailure(reason="gone", error="StoreUnavailable", retry_seconds=4)
    assert told.of(TransientFailure)[2] == third


@pytest.mark.parametrize("error", [ConfigError("no"), ValueError("bug"), KeyError("bug")])
def test_fatal_and_unknown_errors_end_the_loop(error: Exception) -> None:
    with pytest.raises(type(error)):
        _run(_cycles(error), Waits(), Recorder())


def test_stopping_ends_the_loop_between_two_cycles() -> None:
    stop = Waits(at_most=2)
    assert not _run(_cycles(*[Step.WAITING] * 9), stop, Recorder())
    assert stop.seconds == [2.0, 2.0]


def test_a_loop_that_is_stopped_already_runs_nothing() -> None:
    stop = Waits()
    stop.set()
    assert not _run(_cycles(), stop, Recorder())
    assert retry_until_stopped(lambda: 1, stop, Recorder()) is None


def test_a_retry_gives_what_the_action_gave_at_last() -> None:
    failures = [ChainUnavailable("down"), ChainUnavailable("down")]
    stop = Waits()

    def action() -> str:
        if failures:
            raise failures.pop()
        return "up"

    assert retry_until_stopped(action, stop, Recorder()) == "up"
    assert stop.seconds == [1, 2]


def test_a_retry_lets_other_errors_through() -> None:
    def action() -> str:
        raise ConfigError("no")

    with pytest.raises(ConfigError):
        retry_until_stopped(action, Waits(), Recorder())


def test_a_retry_can_be_stopped() -> None:
    def action() -> str:
        raise ChainUnavailable("down")

    assert retry_until_stopped(action, Waits(at_most=3), Recorder()) is None


def test_who_is_woken_looks_again_at_once_and_only_once() -> None:
    nap, steps = Nap(), [Step.WAITING, Step.WAITING, Step.FINISHED]
    rested: list[float] = []

    def rest(seconds: float) -> None:
        rested.append(seconds)
        nap.wake()
        nap.take(3600.0)

    assert run_cycles(lambda: steps.pop(0), threading.Event(), 2.0, Recorder(), rest)
    assert rested == [2.0, 2.0]
    nap.wake()
    nap.take(3600.0)
    assert not nap._woken.is_set()


def test_another_thread_ends_a_rest_that_is_on() -> None:
    nap = Nap()
    sleeper = threading.Thread(target=nap.take, args=(3600.0,))
    sleeper.start()
    nap.wake()
    sleeper.join(60.0)
    assert not sleeper.is_alive()
