"""Processes are recognised, and ended, by id and start time."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from fedjury.devnet import process
from fedjury.devnet.process import ProcessRef

SLEEP = (sys.executable, "-c", "import time; time.sleep(60)")
STUBBORN = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('ready', flush=True); time.sleep(60)",
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def test_a_process_runs_until_it_is_stopped(log: Path) -> None:
    ref = process.spawn(SLEEP, {}, log, keep_stdout=True)
    assert process.is_running(ref)
    process.stop(ref)
    assert not process.is_running(ref)
    process.stop(ref)


def test_one_that_ignores_sigterm_is_killed(log: Path) -> None:
    ref = process.spawn(STUBBORN, {}, log, keep_stdout=True)
    while "ready" not in log.read_text():
        time.sleep(0.01)
    process.stop(ref, grace=0.2)
    assert not process.is_running(ref)


def test_one_that_ended_by_itself_is_noticed(log: Path) -> None:
    ref = process.spawn((sys.executable, "-c", ""), {}, log, keep_stdout=True)
    end = time.monotonic() + 10
    while process.is_running(ref):
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_later_process_with_the_same_id_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append((pid, number)))
    stranger = ProcessRef(os.getpid(), "another time")
    assert not process.is_running(stranger)
    process.stop(stranger)
    process.kill(stranger)
    assert sent == []


def test_it_has_a_session_of_its_own(log: Path) -> None:
    ref = process.spawn(SLEEP, {}, log, keep_stdout=True)
    try:
        assert os.getsid(ref.pid) == ref.pid
    finally:
        process.kill(ref)


@pytest.mark.parametrize(("keep", "kept"), [(True, "out\nerror\n"), (False, "error\n")])
def test_output_is_kept_or_not_and_errors_always(log: Path, keep: bool, kept: str) -> None:
    code = "import sys; print('out', flush=True); print('error', file=sys.stderr)"
    ref = process.spawn((sys.executable, "-c", code), {}, log, keep_stdout=keep)
    while process.is_running(ref):
        time.sleep(0.01)
    assert log.read_text() == kept


def test_secrets_in_our_environment_are_not_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD", "secret")
    assert "PASSWORD" not in process.environment({})
    assert process.environment({"A": "b"})["A"] == "b"


def test_ps_tells_the_start_time_where_there_is_no_proc(log: Path) -> None:
    ref = process.spawn(SLEEP, {}, log, keep_stdout=True)
    try:
        first = process._start_time_ps(ref.pid)
        assert first
        assert process._start_time_ps(ref.pid) == first
    finally:
        process.kill(ref)
    assert process._start_time_ps(ref.pid) is None


def test_signals_are_the_orderly_one_first(monkeypatch: pytest.MonkeyPatch, log: Path) -> None:
    ref = process.spawn(STUBBORN, {}, log, keep_stdout=True)
    while "ready" not in log.read_text():
        time.sleep(0.01)
    sent: list[int] = []
    real = os.kill

    def spy(pid: int, number: int) -> None:
        sent.append(number)
        real(pid, number)

    monkeypatch.setattr(os, "kill", spy)
    process.stop(ref, grace=0.1)
    assert sent == [signal.SIGTERM, signal.SIGKILL]
