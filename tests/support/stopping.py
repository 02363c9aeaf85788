"""Commands that are sent signals, and how long they go on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.processes import PATIENCE_SECONDS, Finished, environment
from tests.support.waiting import until

AT_ONCE = 2.0  # what is promised of daemons
BUSY = 2.0  # times as long on a machine that has other things to do
_SETTLING = 0.2  # from the file that tells of the work to the work itself


class Program:
    """A command as a process of its own, whose output goes to files.

    Args:
        arguments: of `fedjury`.
        directory: for its output.
        extra: added to its environment.
    """

    def __init__(
        self, *arguments: object, directory: Path, extra: Mapping[str, str] | None = None
    ) -> None:
        self._out, self._err = directory / "out.txt", directory / "err.txt"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "fedjury", *map(str, arguments)],
                env={**environment(), **(extra or {})},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()

    @property
    def runs(self) -> bool:
        """Whether it goes on."""
        return self._process.poll() is None

    @property
    def said(self) -> str:
        """What it has printed so far."""
        return self._out.read_text(encoding="utf-8") + self._err.read_text(encoding="utf-8")

    def until_file(self, path: Path) -> None:
        """Wait for a file that it creates."""
        until(lambda: path.exists() or not self.runs, PATIENCE_SECONDS)
        assert path.exists(), self.said
        time.sleep(_SETTLING)

    def until_said(self, text: str) -> None:
        """Wait until it has printed this."""
        until(lambda: text in self.said or not self.runs, PATIENCE_SECONDS)
        assert text in self.said, self.said

    def send(self, *numbers: signal.Signals) -> float:
        """Send signals, wait for its end, and return the seconds from the first to that."""
        began = time.monotonic()
        for number in numbers:
            os.kill(self._process.pid, number)
            time.sleep(0.02)  # the same one twice before it is received is one
        self._process.wait(PATIENCE_SECONDS)
        return time.monotonic() - began

    def signal(self, number: signal.Signals) -> None:
        """Send a signal and wait for nothing."""
        os.kill(self._process.pid, number)

    def wait(self, seconds: float) -> int:
        """Its exit code; raises subprocess.TimeoutExpired where it goes on for so long."""
        return self._process.wait(seconds)

    def ended(self) -> Finished:
        """How it ended: without a traceback."""
        assert "Traceback" not in self.said, self.said
        assert "Exception ignored" not in self.said, self.said
        out, err = (path.read_text(encoding="utf-8") for path in (self._out, self._err))
        return Finished(self._process.wait(PATIENCE_SECONDS), out, err)
