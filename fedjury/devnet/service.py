"""One background service: start it, and wait until it really works."""

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fedjury.devnet import process
from fedjury.devnet.ports import loopback_url, require_free
from fedjury.devnet.process import ProcessRef
from fedjury.errors import DevnetError, FedjuryError

START_SECONDS = 90.0
_POLL_SECONDS = 0.1
_LOG_LINES = 20


@dataclass(frozen=True, slots=True)
class Service:
    """How to run and probe one service on 127.0.0.1.

    Attributes:
        name: for messages.
        port: where it listens.
        command: program and arguments.
        log: where its output goes.
        prove: does real work with it and raises a FedjuryError when that fails.
        prepare: makes ready what it needs on disk; called before each start.
        env: added to its environment.
        keep_stdout: False for programs that print secrets when they start.
    """

    name: str
    port: int
    command: tuple[str, ...]
    log: Path
    prove: Callable[[], None]
    prepare: Callable[[], None]
    env: Mapping[str, str] = field(default_factory=dict)
    keep_stdout: bool = True

    @property
    def url(self) -> str:
        return loopback_url(self.port)


def launch(service: Service) -> ProcessRef:
    """Start the process and return at once.

    Raises:
        DevnetError: its port is taken, its data are unusable, or it cannot be run on this machine.
    """
    require_free(service.port, service.name)
    service.prepare()
    try:
        return process.spawn(
            service.command, service.env, service.log, keep_stdout=service.keep_stdout
        )
    except OSError as error:
        raise DevnetError(f"{service.name} cannot be started: {error}") from error


def wait_healthy(service: Service, ref: ProcessRef, seconds: float = START_SECONDS) -> None:
    """Return once the service has proved itself.

    Raises:
        DevnetError: its process ended or `seconds` passed; with the last lines of its log.
    """
    end = time.monotonic() + seconds
    while True:
        alive = process.is_running(ref)
        try:
            service.prove()
        except FedjuryError as error:
            why = str(error)
        else:
            if process.is_running(ref):
                return
        if not alive:
            raise DevnetError(f"{service.name} ended while starting{_log_tail(service.log)}")
        if time.monotonic() >= end:
            tail = _log_tail(service.log)
            raise DevnetError(f"{service.name} does not work after {seconds:g} s: {why}{tail}")
        time.sleep(_POLL_SECONDS)


def _log_tail(log: Path) -> str:
    try:
        with log.open(errors="replace") as file:
            lines = deque((line.rstrip() for line in file), maxlen=_LOG_LINES)
    except OSError:
        return ""
    return "\n".join(["; the end of its log:", *lines]) if lines else f"; its log {log} is empty"
