"""Ending a program when its user asks for it."""

import signal
import threading
from collections.abc import Iterator

import pytest

from fedjury.errors import ExitCode
from fedjury.runtime.signals import (
    BETWEEN_STEPS,
    COMMAND,
    DAEMON,
    SIGNALS,
    Manner,
    SignalCatcher,
    Stopped,
    catch_signals,
    end_in,
    exit_code,
)


def end(code: int) -> None:
    """End the main thread, in place of the process."""
    if threading.current_thread() is threading.main_thread():
        raise SystemExit(code)


@pytest.fixture
def catcher() -> Iterator[SignalCatcher]:
    """One that is installed, and does not end the test's process."""
    made = SignalCatcher(end=end)
    made.install()
    yield made
    made.remove()


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_sets_the_event_and_is_raised(
    number: signal.Signals, catcher: SignalCatcher
) -> None:
    assert not catcher.stop.is_set()
    with pytest.raises(Stopped):
        signal.raise_signal(number)
    assert catcher.stop.is_set()


@pytest.mark.parametrize(
    ("manner", "raised"), [(BETWEEN_STEPS, [False, True]), (COMMAND, [True]), (DAEMON, [True])]
)
def test_each_signal_has_its_answer_and_the_one_after_those_ends_the_process(
    catcher: SignalCatcher, manner: Manner, raised: list[bool]
) -> None:
    catcher.manner = manner
    for expected in raised:
        try:
            signal.raise_signal(signal.SIGTERM)
            assert not expected
        except Stopped:
            assert expected
    with pytest.raises(SystemExit) as ended:
        signal.raise_signal(signal.SIGTERM)
    assert ended.value.code == catcher.manner.code


def test_handlers_are_as_before_where_no_signal_came() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with catch_signals():
        assert [signal.getsignal(number) for number in SIGNALS] != before
        with catch_signals():
            stop = end_in(DAEMON)
        assert not stop.is_set()
        assert exit_code() is ExitCode.OK
        assert [signal.getsignal(number) for number in SIGNALS] != before
    assert [signal.getsignal(number) for number in SIGNALS] == before
    assert exit_code() is ExitCode.INTERRUPTED


def test_a_thread_that_cannot_catch_signals_is_let_be() -> None:
    before, done = signal.getsignal(signal.SIGTERM), threading.Event()

    def work() -> None:
        with catch_signals():
            done.set()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done.is_set()
    assert signal.getsignal(signal.SIGTERM) is before
