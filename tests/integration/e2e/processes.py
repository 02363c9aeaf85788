"""The `fedjury` command as users run it: processes of its own, killed and started again."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PATIENCE_S = 600.0

Line = dict[str, Any]


@dataclass(frozen=True)
class Finished:
    """A command that has ended."""

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


def environment() -> dict[str, str]:
    """This process' own, less what would stand in for options."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("FEDJURY_")}
    return {**kept, "OMP_NUM_THREADS": "1"}


def fedjury(
    *arguments: object, directory: Path | None = None, env: Mapping[str, str] | None = None
) -> Finished:
    """Run a command to its end; whatever happens, it must not show a traceback."""
    done = subprocess.run(
        _command(arguments),
        cwd=directory,
        env={**environment(), **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert "Traceback" not in done.stderr + done.stdout, done.stderr + done.stdout
    return Finished(done.returncode, done.stdout, done.stderr)


def succeed(*arguments: object, directory: Path | None = None) -> Finished:
    """Run a command that has to exit with 0."""
    done = fedjury(*arguments, directory=directory)
    assert done.code == 0, f"{done.code}: {done.out}{done.err}"
    return done


class Daemon:
    """A command that goes on, with --json.

    Args:
        arguments: of `fedjury`.
        log: takes its standard error.
        kill_at: event and round; the process gets SIGKILL the moment it tells of that.
    """

    def __init__(
        self, *arguments: object, log: Path, kill_at: tuple[str, int] | None = None
    ) -> None:
        self.name = " ".join(map(str, arguments[:3]))
        self.lines: list[Line] = []
        self._log, self._kill_at = log, kill_at
        self._news = threading.Condition()
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                _command([*arguments, "--json"]),
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

    def until(self, event: str, **fields: object) -> Line:
        """Wait until it has told of an event; fails when it ends before that."""
        with self._news:
            self._news.wait_for(
                lambda: self.told(event, **fields) or not self._reader.is_alive(), PATIENCE_S
            )
        found = self.told(event, **fields)
        assert found, f"{self.name} never told {event} {fields}: {self.story()}"
        return found[0]

    def told(self, event: str, **fields: object) -> list[Line]:
        """What it has told of this event."""
        wanted = {"event": event, **fields}
        return [line for line in list(self.lines) if wanted.items() <= line.items()]

    def ended(self) -> int:
        """Wait until it ends by itself; its exit code. It must have shown no traceback."""
        try:
            code = self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} goes on: {self.story()}") from None
        self._reader.join()
        assert "Traceback" not in self._errors(), self.story()
        return code

    def finish(self) -> None:
        """Wait until it ends by itself, with exit code 0."""
        code = self.ended()
        assert code == 0, f"{self.name} ended with {code}: {self.story()}"

    def was_killed(self) -> None:
        """Wait for the end that kill_at asked for."""
        assert self.ended() == -signal.SIGKILL, self.story()

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.wait()
        self._reader.join()

    def interrupt(self) -> None:
        """SIGTERM, as a service manager would."""
        self._process.terminate()

    def story(self) -> str:
        """Everything that it said, for a failed test."""
        told = "\n".join(f"{line.get('event')}: {line.get('message')}" for line in self.lines)
        return f"\n{told}\n{self._errors()}"

    def _errors(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def _read(self) -> None:
        assert self._process.stdout is not None
        for text in self._process.stdout:
            line = json.loads(text)
            with self._news:
                self.lines.append(line)
                if (line.get("event"), line.get("round")) == self._kill_at:
                    self._process.kill()
                self._news.notify_all()
        with self._news:
            self._news.notify_all()


def _command(arguments: object) -> list[str]:
    assert isinstance(arguments, list | tuple)
    return [sys.executable, "-m", "fedjury", *map(str, arguments)]
