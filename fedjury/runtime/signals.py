"""Ending a program when its user asks for it, wherever it is.

The first signal raises `Stopped` in the main thread, so that sleeps, socket waits and locks end at
once and `finally` blocks run. A watchdog thread, woken by the C part of the signal's handling, ends
the process where that does not help: in a long operation in C, in a library that swallows what is
raised, in a thread that is waited for. A second signal ends the process at once.
"""

import math
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, NamedTuple, NoReturn

from fedjury.errors import ExitCode
from fedjury.runtime.files import remove_partial_files

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
DAEMON_SECONDS = 1.0
COMMAND_SECONDS = 30.0  # a devnet of a command's own has to be stopped
_FLUSH_SECONDS = 0.3

_Handler = Callable[[int, FrameType | None], Any] | int | None


class Stopped(BaseException):
    """Raised in the main thread where a signal asks the program to end."""


class Answer(NamedTuple):
    """What one signal does.

    Attributes:
        raises: whether `Stopped` is raised in the main thread.
        seconds: after which the process is ended by force.
    """

    raises: bool
    seconds: float


class Manner(NamedTuple):
    """How a program ends.

    Attributes:
        code: its exit code then.
        answers: to the first signal, the second and so on; the one after those ends the process
            at once.
    """

    code: ExitCode
    answers: tuple[Answer, ...]


COMMAND = Manner(ExitCode.INTERRUPTED, (Answer(True, COMMAND_SECONDS),))
"""What is under way is given up, and cleared away."""
DAEMON = Manner(ExitCode.OK, (Answer(True, DAEMON_SECONDS),))
"""The same within 2 seconds: the chain says where to go on."""
BETWEEN_STEPS = Manner(ExitCode.INTERRUPTED, (Answer(False, math.inf), *COMMAND.answers))
"""The first signal only sets the event, which the program looks at between two steps."""


def end_now(code: int) -> NoReturn:
    """End the process without waiting for anything but what is printed, for a moment."""
    try:
        remove_partial_files()
        flusher = threading.Thread(target=_flush, daemon=True)  # a full pipe would hold it for ever
        with suppress(RuntimeError):  # none can be started any more
            flusher.start()
            flusher.join(_FLUSH_SECONDS)
    finally:
        os._exit(code)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()


class SignalCatcher:
    """Handles signals in a manner that can change until the first one comes.

    Args:
        manner: how the program ends.
        end: ends the process with an exit code; the watchdog does no more after it.

    Attributes:
        manner: the same.
        stop: set by the first signal.
    """

    def __init__(self, manner: Manner = COMMAND, end: Callable[[int], object] = end_now) -> None:
        self.manner, self.stop = manner, threading.Event()
        self._end = end
        self._handled = 0
        self._before: dict[int, _Handler] = {}

    def install(self) -> None:
        """Start to handle signals; in the main thread only."""
        self._ears, mouth = os.pipe()
        os.set_blocking(mouth, False)
        self._mouth = mouth
        # the process's end must not wait for it
        threading.Thread(target=self._watch, name="signals", daemon=True).start()
        self._fd_before = signal.set_wakeup_fd(mouth, warn_on_full_buffer=False)
        for number in SIGNALS:
            self._before[number] = signal.signal(number, self._handle)
        self._hook_before = sys.unraisablehook
        sys.unraisablehook = self._unraisable

    def remove(self) -> None:
        """Handle signals as before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._fd_before)
        sys.unraisablehook = self._hook_before
        os.close(self._mouth)  # which ends the watchdog

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.stop.set()
        self._handled += 1
        if self._handled > len(self.manner.answers):
            self._end(self.manner.code)
        if self.manner.answers[self._handled - 1].raises:
            raise Stopped

    def _watch(self) -> None:
        """The watchdog: counts by itself, since the main thread may be deep in C."""
        count, deadline = 0, math.inf
        while time.monotonic() < deadline:
            left = max(0.0, deadline - time.monotonic())
            if not select.select([self._ears], [], [], None if left == math.inf else left)[0]:
                continue
            received = os.read(self._ears, 64)
            if not received:
                os.close(self._ears)
                return
            for _ in filter(SIGNALS.__contains__, received):
                deadline = time.monotonic() + self._seconds_after(count)
                count += 1
        self._end(self.manner.code)

    def _seconds_after(self, count: int) -> float:
        """Until the end by force, after one more signal than so many."""
        answers = self.manner.answers
        return answers[count].seconds if count < len(answers) else 0.0

    def _unraisable(self, what: "sys.UnraisableHookArgs") -> None:
        if what.exc_type is not Stopped:  # the watchdog sees to those that a finalizer swallows
            self._hook_before(what)


_active: SignalCatcher | None = None


@contextmanager
def catch_signals(manner: Manner = COMMAND) -> Iterator[None]:
    """Have signals end the program in this manner while the block runs.

    Once one has come it stays so: the process is ending. Does nothing where they are caught
    already, or outside the main thread, which cannot catch any.
    """
    global _active  # noqa: PLW0603 (signals are the process's)
    if _active is not None or threading.current_thread() is not threading.main_thread():
        yield
        return
    catcher = _active = SignalCatcher(manner)
    catcher.install()
    try:
        yield
    finally:
        if not catcher.stop.is_set():
            catcher.remove()
            _active = None


def end_in(manner: Manner) -> threading.Event:
    """Choose how signals end the program that `catch_signals` runs.

    Returns:
        An event that the first signal sets; nobody sets it outside of `catch_signals`.
    """
    if _active is None:
        return threading.Event()
    _active.manner = manner
    return _active.stop


def exit_code() -> ExitCode:
    """With what a program ends that a signal ended."""
    return COMMAND.code if _active is None else _active.manner.code
