"""What a process does one after the other: how long, with how much memory, asking how often."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from experiments.large_models.memory import memory, reset_peak

_HTTP = "urllib3.connectionpool"
_STORE = "/api/v0/"


@dataclass
class Stage:
    """One kind of work of a process.

    Attributes:
        role: of the process.
        name: of the work.
        seconds: that it took in all.
        peak: bytes of memory that the process held at most, beyond those at its start.
        asked: HTTP requests to the IPFS daemon.
        chain: HTTP requests to the chain.
        sent: bytes of files given to the store.
        received: bytes of files had from it.
    """

    role: str
    name: str
    seconds: float = 0.0
    peak: int = 0
    asked: int = 0
    chain: int = 0
    sent: int = 0
    received: int = 0


class Stages(logging.Handler):
    """Takes a process's time; at any time it is in one stage, to which all that happens counts.

    HTTP requests are counted by what urllib3, which makes all of them, says in its log. Threads
    that work at one time count to the same stage.

    Args:
        role: of this process.
        name: of the first stage.
    """

    def __init__(self, role: str, name: str) -> None:
        super().__init__()
        self._role, self._stages = role, dict[str, Stage]()
        self._start = memory()[0]
        logger = logging.getLogger(_HTTP)
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
        logger.addHandler(self)
        self._began = time.monotonic()
        self.now = self._begin(name)

    def emit(self, record: logging.LogRecord) -> None:
        """Count a request; other records say nothing of one."""
        if isinstance(record.args, tuple) and len(record.args) > 4:  # host, …, URL
            if _STORE in str(record.args[4]):
                self.now.asked += 1
            else:
                self.now.chain += 1

    def enter(self, name: str) -> None:
        """Begin another stage, or go on with one."""
        self._end()
        self.now = self._begin(name)

    @contextmanager
    def during(self, name: str) -> Iterator[Stage]:
        """Another stage in the midst of this one."""
        before = self.now.name
        self.enter(name)
        yield self.now
        self.enter(before)

    def all(self) -> list[Stage]:
        """All stages so far, in the order in which they began."""
        self.enter(self.now.name)
        return list(self._stages.values())

    def _begin(self, name: str) -> Stage:
        self._began = time.monotonic()
        reset_peak()
        return self._stages.setdefault(name, Stage(self._role, name))

    def _end(self) -> None:
        self.now.seconds += time.monotonic() - self._began
        self.now.peak = max(self.now.peak, memory()[1] - self._start)
