"""The `fedjury` command as users run it: processes of their own, killed and started again."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PATIENCE_SECONDS = 300.0

Line = dict[str, Any]


@dataclass(frozen=True)
class Finished:
    """A command that has ended.

    Attributes:
        code: its exit code.
        out: what it wrote to standard output.
        err: what it wrote to standard error.
    """

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[Line]:
        """What it printed with --json."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def document(self) -> Line:
        """The last line of that."""
        return self.lines[-1]

    def checked(self) -> "Finished":
        """The same; fails the test where the exit code is not 0."""
        assert self.code == 0, f"{self.code}: {self.out}{self.err}"
        return self


def is_option(name: str) -> bool:
    """Whether an environment variable stands in for an option of `fedjury`."""
    return name.startswith("FEDJURY_")


def environment() -> dict[str, str]:
    """This process's own, less what would stand in for options."""
    kept = {key: value for key, value in os.environ.items() if not is_option(key)}
    return {**kept, "OMP_NUM_THREADS": "1"}


def fedjury(*arguments: object, directory: Path | None = None) -> Finished:
    """Run a command to its end; whatever happens, it must not show a traceback.

    Args:
        arguments: of `fedjury`.
        directory: where it runs; None is this process's own.
    """
    done = subprocess.run(
        _command_line(arguments),
        cwd=directory,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert "Traceback" not in done.stderr + done.stdout, done.stderr + done.stdout
    return Finished(done.returncode, done.stdout, done.stderr)


def succeed(*arguments: object, directory: Path | None = None) -> Finished:
    """Run a command that has to exit with 0."""
    return fedjury(*arguments, directory=directory).checked()


class Daemon:
    """A command that goes on, with --json; it gets SIGKILL at the end of a `with` block.

    Args:
        arguments: of `fedjury`.
        log: takes its standard error.
        kill_at: event and round; the process gets SIGKILL the moment it tells of that.

    Attributes:
        lines: what it has told.
    """

    def __init__(
        self, *arguments: object, log: Path, kill_at: tuple[str, int] | None = None
    ) -> None:
        self.lines: list[Line] = []
        self._name = " ".join(map(str, arguments[:3]))
        self._log, self._kill_at = log, kill_at
        self._news, self._silent = threading.Condition(), False
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                _command_line([*arguments, "--json"]),
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self.kill()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def until(self, event: str, **fields: object) -> Line:
        """Wait until it has told of an event; fails when it ends before that."""
        with self._news:
            self._news.wait_for(
                lambda: self._silent or self.told(event, **fields), PATIENCE_SECONDS
            )
        found = self.told(event, **fields)
        assert found, f"{self._name} never told {event} {fields}: {self.everything_told()}"
        return found[0]

    def told(self, event: str, **fields: object) -> list[Line]:
        """What it has told of this event."""
        wanted = {"event": event, **fields}
        return [line for line in list(self.lines) if wanted.items() <= line.items()]

    def ended(self) -> int:
        """Wait until it ends by itself; its exit code. It must have shown no traceback."""
        try:
            code = self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self._name} goes on: {self.everything_told()}") from None
        self._reader.join()
        assert "Traceback" not in self._errors(), self.everything_told()
        return code

    def finish(self) -> None:
        """Wait until it ends by itself, with exit code 0."""
        code = self.ended()
        assert code == 0, f"{self._name} ended with {code}: {self.everything_told()}"

    def was_killed(self) -> None:
        """Wait for the end that kill_at asked for."""
        assert self.ended() == -signal.SIGKILL, self.everything_told()

    def kill(self) -> None:
        """Send it SIGKILL and wait for its end."""
        self._process.kill()
        self._process.wait()
        self._reader.join()

    def interrupt(self) -> None:
        """Send it SIGTERM, as a service manager would."""
        self._process.terminate()

    def everything_told(self) -> str:
        """Everything that it said, for a failed test."""
        told = "\n".join(f"{line.get('event')}: {line.get('message')}" for line in self.lines)
        return f"\n{told}\n{self._errors()}"

    def _errors(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as told:
            for text in told:
                self._take(json.loads(text))
        with self._news:
            self._silent = True
            self._news.notify_all()

    def _take(self, line: Line) -> None:
        with self._news:
            self.lines.append(line)
            if (line.get("event"), line.get("round")) == self._kill_at:
                self._process.kill()
            self._news.notify_all()


def _command_line(arguments: Sequence[object]) -> list[str]:
    return [sys.executable, "-m", "fedjury", *map(str, arguments)]
