"""Background processes that outlive us: start, recognise again later, stop.

A process is known by its id and its start time, because ids are used again: a pid file that
survived a reboot must never make us stop a stranger.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_STOP_SECONDS = 10.0
_KILL_SECONDS = 5.0
_POLL_SECONDS = 0.05
# Nothing else is handed on: our environment may hold passwords.
_ENVIRONMENT = ("PATH", "HOME", "LANG", "TMPDIR")


@dataclass(frozen=True, slots=True)
class ProcessRef:
    """One process on this machine.

    Attributes:
        pid: its process id.
        started: its start time as the system tells it; only good for comparing.
    """

    pid: int
    started: str


# Children of this very process, which it has to reap. After a restart there are none.
_children: dict[ProcessRef, subprocess.Popen[bytes]] = {}


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The environment of a service: what programs need to run, and `extra`."""
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    return {**kept, **extra}


def spawn(
    command: Sequence[str], env: Mapping[str, str], log: Path, *, keep_stdout: bool
) -> ProcessRef:
    """Start a process in a session of its own, so that it survives our end and our Ctrl-C.

    Args:
        command: program and arguments.
        env: added to the little that environment() hands on.
        log: file that its errors, and with keep_stdout all output, are appended to.
        keep_stdout: False for programs that print secrets when they start.
    """
    with log.open("ab") as file:
        child = subprocess.Popen(
            command,
            env=environment(env),
            stdin=subprocess.DEVNULL,
            stdout=file if keep_stdout else subprocess.DEVNULL,
            stderr=file,
            start_new_session=True,
        )
    ref = ProcessRef(child.pid, _start_time(child.pid) or "")
    _children[ref] = child
    return ref


def is_running(process: ProcessRef) -> bool:
    """Whether this process, and not a later one with its id, is alive."""
    child = _children.get(process)
    if child is not None:
        if child.poll() is None:
            return True
        del _children[process]
        return False
    started = _start_time(process.pid)
    return started is not None and started == process.started


def stop(process: ProcessRef, grace: float = _STOP_SECONDS) -> None:
    """SIGTERM, then SIGKILL after `grace` seconds. Does nothing when it is already gone."""
    _send(process, signal.SIGTERM)
    if not _wait_gone(process, grace):
        kill(process)


def kill(process: ProcessRef) -> None:
    """SIGKILL, and wait until it is gone."""
    _send(process, signal.SIGKILL)
    _wait_gone(process, _KILL_SECONDS)


def _send(process: ProcessRef, number: signal.Signals) -> None:
    if is_running(process):
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)


def _wait_gone(process: ProcessRef, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while is_running(process):
        if time.monotonic() >= end:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _start_time(pid: int) -> str | None:
    """When the process started; None when there is none, or only a zombie."""
    if Path("/proc/self/stat").exists():
        return _start_time_linux(pid)
    return _start_time_ps(pid)


def _start_time_linux(pid: int) -> str | None:
    """From /proc/<pid>/stat, see proc(5): field 3 is the state, field 22 the start in ticks."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()  # the name before it may hold spaces and brackets
    return None if fields[0] == "Z" else fields[19]


def _start_time_ps(pid: int) -> str | None:
    ps = shutil.which("ps") or "/bin/ps"
    found = subprocess.run(
        [ps, "-o", "stat=,lstart=", "-p", str(pid)],
        env={"LC_ALL": "C", "TZ": "UTC"},
        capture_output=True,
        text=True,
        check=False,
    )
    state, _, started = found.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else started.strip()
