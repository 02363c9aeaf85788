"""How much one juror, or one address, may have of another juror's time and bandwidth."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fedjury.runtime.http.limits import RateLimit

_MEGABYTE = 1_000_000
_MOST_JURORS = 512  # of two juries of the largest size, and as many again


class TooMuch(Exception):
    """Somebody asks for more than its share.

    Args:
        reason: which limit, in a word.
        wait: seconds after which it is worth another try.
    """

    def __init__(self, reason: str, wait: float) -> None:
        super().__init__(reason)
        self.reason, self.wait = reason, wait


@dataclass(frozen=True)
class PeerLimits:
    """What is allowed.

    Attributes:
        of_addresses: requests by the address that they come from, before anything of them is read.
        of_jurors: requests by the juror who signed them.
        bytes_of_jurors: bytes of answers by the juror who gets them.
        at_once: requests of one juror that are worked on side by side; others wait.
        waiting: requests of one juror that may wait for that.
        polls: of one juror that may wait for news.
    """

    of_addresses: RateLimit = field(default_factory=lambda: RateLimit(200.0, 2000))
    of_jurors: RateLimit = field(
        default_factory=lambda: RateLimit(200.0, 2000, most_keys=_MOST_JURORS)
    )
    bytes_of_jurors: RateLimit = field(
        default_factory=lambda: RateLimit(20.0 * _MEGABYTE, 200 * _MEGABYTE, most_keys=_MOST_JURORS)
    )
    at_once: int = 8
    waiting: int = 64
    polls: int = 8


class Shares:
    """Lets each juror have its share; for one event loop.

    Args:
        limits: what is allowed.
    """

    def __init__(self, limits: PeerLimits) -> None:
        self._limits = limits
        self._asking: Counter[str] = Counter()
        self._polling: Counter[str] = Counter()
        self._turns: dict[str, asyncio.Semaphore] = {}

    def take_of_address(self, address: str | None) -> None:
        """Count a request by its address; None is this machine's own, without limit.

        Raises:
            TooMuch: it has none left.
        """
        if address is None:
            return
        _require(self._limits.of_addresses, address, "address")
        self._limits.of_addresses.take(address)

    def take_of_juror(self, juror: str) -> None:
        """Count a request by the juror who signed it.

        Raises:
            TooMuch: it has no request, or no byte, left.
        """
        _require(self._limits.of_jurors, juror, "juror")
        _require(self._limits.bytes_of_jurors, juror, "bytes")
        self._limits.of_jurors.take(juror)

    def count_bytes(self, juror: str, size: int) -> None:
        """Count what a juror is sent."""
        self._limits.bytes_of_jurors.take(juror, size)

    @asynccontextmanager
    async def turn(self, juror: str) -> AsyncIterator[None]:
        """A juror's turn to have a request worked on.

        Raises:
            TooMuch: too many of its own wait already.
        """
        if self._asking[juror] >= self._limits.at_once + self._limits.waiting:
            raise TooMuch("waiting", 1.0)
        self._asking[juror] += 1
        turns = self._turns.setdefault(juror, asyncio.Semaphore(self._limits.at_once))
        try:
            async with turns:
                yield
        finally:
            self._asking[juror] -= 1
            if not self._asking[juror]:
                del self._asking[juror], self._turns[juror]

    @asynccontextmanager
    async def poll(self, juror: str) -> AsyncIterator[None]:
        """A juror waits for news.

        Raises:
            TooMuch: as many as it may have wait already.
        """
        if self._polling[juror] >= self._limits.polls:
            raise TooMuch("polls", 1.0)
        self._polling[juror] += 1
        try:
            yield
        finally:
            self._polling[juror] -= 1
            if not self._polling[juror]:
                del self._polling[juror]


def _require(limit: RateLimit, key: str, reason: str) -> None:
    if wait := limit.wait(key):
        raise TooMuch(reason, wait)
