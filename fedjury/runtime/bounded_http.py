"""HTTP to a daemon that may be broken or hostile: bounded in time and in size.

`requests` bounds the wait for each piece, never the whole; a daemon that drips a byte a second
would hold a juror for ever, one that never stops would fill its memory.
"""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import BaseHTTPResponse

from fedjury.runtime.watchdog import shared_watchdog

_PIECE_BYTES = 1 << 16


class BodyTooLarge(Exception):
    """The daemon sent more than the session's limit; the rest was not read."""


class NotSent(OSError):
    """The request did not begin for something amiss on this machine, which the message names, as a
    file of certificate authorities that is not there."""


class BoundedSession(requests.Session):
    """A session for one call: ends after `seconds`, whatever the other side does.

    Every response's body is cut off (BodyTooLarge) past `max_bytes`. Redirects are refused: a
    daemon has no business sending us elsewhere.
    """

    def __init__(self, seconds: float, max_bytes: int, *, use_proxies: bool) -> None:
        super().__init__()
        self.trust_env = use_proxies
        if not use_proxies:  # requests would forget these together with the proxies
            self.verify = _trusted_authorities()
        self.max_redirects = 0
        self.headers["Accept-Encoding"] = "identity"
        self._deadline = time.monotonic() + seconds
        adapter = _BoundedAdapter(max_bytes)
        self.mount("http://", adapter)
        self.mount("https://", adapter)
        self._adapter = adapter
        self._alarm = shared_watchdog().after(seconds, adapter.cut)

    @property
    def seconds_left(self) -> float:
        """Until the end; never quite 0, which would mean no timeout to requests."""
        return max(self._deadline - time.monotonic(), 0.001)

    @property
    def expired(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() >= self._deadline

    def request(self, method: str | bytes, url: str | bytes, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """As requests.Session.request, streaming, with the time left as its timeout.

        Raises:
            NotSent: there is something amiss on this machine.
        """
        try:
            return super().request(
                method, url, **{**kwargs, "timeout": self.seconds_left, "stream": True}
            )
        except requests.RequestException:
            raise
        except OSError as error:
            raise NotSent(str(error)) from None

    def close(self) -> None:
        self._alarm.cancel()
        self._adapter.cut()  # what is still on its way is not wanted any more
        super().close()


class _BoundedAdapter(HTTPAdapter):
    """Knows its open connections, to be able to cut them, and limits every body."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        # The sockets, since http.client's connections forget theirs before the body is read.
        self._sockets: list[socket.socket] = []
        self._is_cut = False
        super().__init__(max_retries=0)

    def opened(self, sock: socket.socket) -> None:
        self._sockets.append(sock)
        if self._is_cut:
            self.cut()

    def cut(self) -> None:
        """Shut every connection; a thread that waits on one wakes with an error."""
        self._is_cut = True
        for sock in list(self._sockets):
            with suppress(OSError):
                # Not SSLSocket's own: it would have a reader go on in plain text.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = _pools(self)
        return manager

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        response = super().send(*args, **kwargs)
        response.raw = _BoundedBody(response.raw, self._max_bytes)
        return response


class _BoundedBody:
    """The part of a urllib3 response that requests uses, with a limit on its bytes."""

    def __init__(self, raw: BaseHTTPResponse, max_bytes: int) -> None:
        self._raw = raw
        self._left = max_bytes

    def stream(self, amt: int | None = None, decode_content: bool = False) -> Iterator[bytes]:
        """Bytes as they were sent: whoever compresses them anyway gets a digest that differs."""
        for piece in self._raw.stream(_PIECE_BYTES, decode_content=False):
            self._left -= len(piece)
            if self._left < 0:
                raise BodyTooLarge
            yield piece

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)


def _trusted_authorities() -> str | bool:
    """The file of authorities that the environment names to requests; True for the usual ones."""
    names = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    return next((found for each in names if (found := os.environ.get(each))), True)


def _pools(adapter: _BoundedAdapter) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            adapter.opened(self.sock)

    class Secure(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            adapter.opened(self.sock)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
