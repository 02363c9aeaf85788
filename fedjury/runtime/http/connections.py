"""Connections of an HTTP server: how many there may be, and how long they may say nothing.

aiohttp waits for ever for the first request of a connection, and for the end of its head.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import cast

from fedjury.runtime.http.limits import address_key
from fedjury.runtime.http.proxies import Proxies

MOST = 2000
MOST_OF_AN_ADDRESS = 100
HEAD_SECONDS = 15.0


class Connections:
    """Counts a server's connections, and ends those that are too many or too slow.

    Args:
        inner: makes the protocol that serves one connection.
        most: how many connections there may be.
        most_of_an_address: the same of one address; this machine's own and those of proxies have
            no such limit.
        proxies: through which many peers come.
        head_seconds: in which a request's head has to arrive, from the connection's beginning or
            the answer before.
    """

    def __init__(
        self,
        inner: Callable[[], asyncio.Protocol],
        *,
        most: int = MOST,
        most_of_an_address: int = MOST_OF_AN_ADDRESS,
        proxies: Proxies | None = None,
        head_seconds: float = HEAD_SECONDS,
    ) -> None:
        self._inner, self._most, self._most_of_an_address = inner, most, most_of_an_address
        self._proxies = proxies or Proxies()
        self.head_seconds = head_seconds
        self._of: Counter[str] = Counter()
        self._open: dict[asyncio.BaseTransport, Connection] = {}

    def __len__(self) -> int:
        return len(self._open)

    def __call__(self) -> "Connection":
        return Connection(self, self._inner())

    def busy(self, transport: asyncio.BaseTransport | None) -> None:
        """A request's head has arrived: its handler sees to the time from now on."""
        if transport is not None and (found := self._open.get(transport)) is not None:
            found.stop_waiting()

    def idle(self, transport: asyncio.BaseTransport | None) -> None:
        """A request is answered: the next one has to come in time."""
        if transport is not None and (found := self._open.get(transport)) is not None:
            found.wait()

    def admit(self, connection: "Connection", transport: asyncio.BaseTransport) -> bool:
        """Count a new connection; False where there are too many."""
        key = self._key(transport)
        full = len(self._open) >= self._most
        if full or (key is not None and self._of[key] >= self._most_of_an_address):
            return False
        self._open[transport] = connection
        if key is not None:
            self._of[key] += 1
        return True

    def leave(self, transport: asyncio.BaseTransport) -> None:
        """A connection that was admitted is over."""
        if self._open.pop(transport, None) is None:
            return
        key = self._key(transport)
        if key is not None:
            self._of[key] -= 1
            if not self._of[key]:
                del self._of[key]

    def _key(self, transport: asyncio.BaseTransport) -> str | None:
        """What a connection counts as; None where the limit of one address is not for it."""
        peer = transport.get_extra_info("peername")
        if not peer or str(peer[0]) in self._proxies:
            return None
        return address_key(str(peer[0]))


class Connection(asyncio.Protocol):
    """One connection, watched; all that happens is passed on.

    Args:
        all: that it is one of.
        inner: serves it.
    """

    def __init__(self, all: Connections, inner: asyncio.Protocol) -> None:
        self._all, self._inner = all, inner
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        made = cast(asyncio.Transport, transport)
        if not self._all.admit(self, made):
            made.abort()
            return
        self._transport = made
        self._inner.connection_made(made)
        self.wait()

    def connection_lost(self, error: Exception | None) -> None:
        if self._transport is not None:
            self.stop_waiting()
            self._all.leave(self._transport)
            self._transport = None
            self._inner.connection_lost(error)

    def data_received(self, data: bytes) -> None:
        if self._transport is not None:
            self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received() if self._transport is not None else None

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def wait(self) -> None:
        """End the connection unless a request's head arrives in time."""
        self.stop_waiting()
        if self._transport is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._all.head_seconds, self._transport.abort)

    def stop_waiting(self) -> None:
        """A request's head has arrived."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
