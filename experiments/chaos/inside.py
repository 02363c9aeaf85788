"""What is wrong inside a daemon's own process: its clock, its disk, its honesty.

The program is the real one. What is wrong is said by environment variables, which only this
harness reads.
"""

import os
import resource
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module

from experiments.chaos.daemon import Daemon
from experiments.chaos.unbound import free_output

LIE = "CHAOS_LIE"
CLOCK = "CHAOS_CLOCK_SECONDS"
QUOTA = "CHAOS_QUOTA"
PROGRAM = "experiments.chaos.inside:main"

_FULL_BYTES = 512


@contextmanager
def wrong_inside(daemon: Daemon, fault: str, value: str) -> Iterator[None]:
    """Start a daemon anew with something wrong inside; in the end start it as it was."""
    program, daemon.program = daemon.program, PROGRAM
    daemon.environment[fault] = value
    try:
        daemon.restart()
        yield
    finally:
        del daemon.environment[fault]
        daemon.program = program
        daemon.restart()


def disturb(environment: Mapping[str, str]) -> None:
    """Set this process wrong, as its environment says, before the command runs."""
    if seconds := environment.get(CLOCK):
        _move_clock(float(seconds))
    if environment.get(QUOTA):
        _free_output()
    if lie := environment.get(LIE):
        from experiments.chaos.byzantine import corrupt  # noqa: PLC0415 (of a liar alone)

        corrupt(lie)


def main() -> None:
    """The command line of `fedjury`, in a process that is not right."""
    disturb(os.environ)
    import_module("fedjury.cli").main()


def fill_disk(pid: int) -> None:
    """From now on no file of a process may grow beyond a few bytes (EFBIG)."""
    _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (_FULL_BYTES, most))


def make_room(pid: int) -> None:
    """Files may grow again."""
    _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))


def _move_clock(seconds: float) -> None:
    right = time.time

    def wrong() -> float:
        return right() + seconds

    time.time = wrong


def _free_output() -> None:
    """Have what the daemon tells written by another process, which the quota does not bind."""
    free_output()
    # what stood there could be sought in, and a pipe cannot
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 (the process's own)
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
