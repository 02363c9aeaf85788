"""A daemon of the federation: started, killed, stopped and started again, and what it told."""

import json
import os
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from experiments.chaos import daemon_process

Line = dict[str, Any]

POLL_SECONDS = 0.05


class Daemon:
    """One `fedjury` command with --json; its lines stay over all its lives.

    Args:
        name: ``juror-1``, ``client-3`` or ``relay``.
        arguments: as after `fedjury`.
        directory: for its output.
        environment: added to this process's own.

    Attributes:
        lives: how often it was started.
        ends: exit codes of the lives that ended by themselves.
        program: ``module:function`` that its next life runs; the command line's by default.
    """

    def __init__(
        self,
        name: str,
        arguments: Sequence[object],
        directory: Path,
        environment: Mapping[str, str],
    ) -> None:
        self.name, self.lives, self.program = name, 0, daemon_process.PROGRAM
        self.arguments = [*map(str, arguments), "--json"]
        self.environment = dict(environment)
        self.out, self.errors = directory / f"{name}.jsonl", directory / f"{name}.err"
        self.ends: list[int] = []
        self._process: BaseProcess | None = None
        self._lock = threading.RLock()

    @property
    def pid(self) -> int:
        """Its process id; 0 where it does not run."""
        process = self._process
        return 0 if process is None else process.pid or 0

    @property
    def runs(self) -> bool:
        """Whether it is alive, be it stopped."""
        process = self._process
        return process is not None and process.is_alive()

    def start(self, *more: object) -> None:
        """Start it, unless it runs.

        Args:
            more: arguments of this life alone.
        """
        with self._lock:
            if self.runs:
                return
            self._note_end()
            arguments = [*self.arguments, *map(str, more)]
            self._process = daemon_process.start(
                arguments, self.out, self.errors, self.environment, self.program
            )
            self.lives += 1

    def _note_end(self) -> None:
        """Note how its last life ended, unless it was killed."""
        process = self._process
        if process is not None and process.exitcode != -signal.SIGKILL:
            self.ends.append(process.exitcode or 0)

    def kill(self) -> bool:
        """Send it SIGKILL and wait for its end; whether it was alive."""
        with self._lock:
            process = self._process
            if process is None:
                return False
            alive = process.is_alive()
            process.kill()
            process.join()
            return alive

    def restart(self, *more: object) -> None:
        """Kill it and start it again."""
        with self._lock:
            self.kill()
            self.start(*more)

    def pause(self) -> None:
        """SIGSTOP: it stands still, and its connections stay open."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGCONT)

    def ended(self, seconds: float) -> int | None:
        """Its exit code, once it ended by itself; None where it goes on for so many seconds."""
        process = self._process
        assert process is not None
        process.join(seconds)
        return process.exitcode

    def lines(self) -> list[Line]:
        """All that it told, in all its lives; a line that a kill cut is left out."""
        found = []
        for text in self._text(self.out).splitlines():
            with suppress(ValueError):
                found.append(json.loads(text))
        return found

    def told(self, event: str, **fields: object) -> list[Line]:
        """What it told of an event with these fields."""
        wanted = {"event": event, **fields}
        return [line for line in self.lines() if wanted.items() <= line.items()]

    def until(self, event: str, seconds: float, **fields: object) -> Line | None:
        """Wait until it tells of an event; None where it does not."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := self.told(event, **fields):
                return found[-1]
            if not self.runs:
                break
            time.sleep(POLL_SECONDS)
        return None

    def complaints(self) -> str:
        """What it wrote to standard error."""
        return self._text(self.errors)

    @staticmethod
    def _text(path: Path) -> str:
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
