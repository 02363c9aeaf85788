"""Requests to an IPFS daemon's RPC API, bounded in time and size."""

import time
from collections.abc import Iterable, Mapping

import requests
from urllib3.exceptions import NewConnectionError

from fedjury.errors import StoreUnavailable
from fedjury.runtime.bounded_http import BoundedSession, NotSent
from fedjury.runtime.retry_after import retry_after
from fedjury.store.address import Address
from fedjury.store.ipfs.answers import (
    Body,
    BrokenOff,
    HttpRefusal,
    Refused,
    TimedOut,
    refusal_in,
)

ANSWER_BYTES = 1 << 16  # no answer but content is ever this long
_OWN_REFUSAL = 500
_LATE = 0.9  # of the daemon's time: what it refuses then, it refuses for want of time


class Api:
    """An IPFS daemon's RPC API. Holds no connection, so threads may share it."""

    def __init__(self, address: Address) -> None:
        self._address = address

    @property
    def name(self) -> str:
        """Where the daemon is, in words for people."""
        return f"IPFS daemon at {self._address.url}"

    def ask(
        self,
        command: str,
        params: Mapping[str, str],
        seconds: float,
        max_bytes: int = ANSWER_BYTES,
        *,
        upload: Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Body:
        """The answer to one request.

        Args:
            command: such as "block/get".
            params: of the query; the time that the daemon has is added.
            seconds: for the whole of it.
            max_bytes: of the answer's body, which is cut soon after.
            upload: what is sent along, in pieces.
            headers: of the upload.

        Raises:
            Refused, TimedOut, BrokenOff: the daemon's, or its connection's, way to say no.
            StoreUnavailable: nobody listens, or somebody who is no IPFS daemon in good order.
        """
        began, daemon_seconds = time.monotonic(), _daemon_seconds(seconds)
        most = max(max_bytes, ANSWER_BYTES) + ANSWER_BYTES  # `_read` stops before
        session = self._session(seconds, most)
        with session:
            try:
                response = session.post(
                    f"{self._address.api}/{command}",
                    params={**params, "timeout": f"{int(daemon_seconds * 1000)}ms"},
                    data=upload,
                    headers=headers,
                    allow_redirects=False,
                )
                if response.status_code != requests.codes.ok:
                    took = time.monotonic() - began
                    raise self._refusal(response, is_late=took >= _LATE * daemon_seconds)
                body = _read(response, max_bytes)
            except requests.RequestException as error:
                # "from None": the original may hold the whole URL
                raise self._failure(session, seconds, error) from None
            except NotSent as error:
                raise StoreUnavailable(f"the {self.name} cannot be asked: {error}") from None
            except OSError as error:
                raise StoreUnavailable(f"there is no room for what arrives: {error}") from error
            if session.expired and not body.is_cut:
                # a body without a length ends like a whole one when it is cut
                raise TimedOut(f"no whole answer within {seconds:g} s")
            return body

    def _session(self, seconds: float, max_bytes: int) -> BoundedSession:
        session = BoundedSession(seconds, max_bytes, use_proxies=not self._address.is_loopback)
        session.auth = self._address.endpoint.auth
        session.params = self._address.query
        return session

    def unavailable(self, why: str) -> StoreUnavailable:
        """The error for a daemon that does not work."""
        return StoreUnavailable(f"the {self.name} does not work: {why}")

    def _failure(
        self, session: BoundedSession, seconds: float, error: requests.RequestException
    ) -> Exception:
        # never the text of a connection error: it holds the whole URL
        if session.expired:
            return TimedOut(f"no answer within {seconds:g} s")
        if _never_connected(error):
            return self.unavailable(f"it cannot be reached ({type(error).__name__})")
        return BrokenOff(f"it broke off ({type(error).__name__})")

    def _refusal(self, response: requests.Response, *, is_late: bool) -> Exception:
        status = response.status_code
        if status == _OWN_REFUSAL and "Retry-After" not in response.headers:
            words = refusal_in(_read(response, ANSWER_BYTES).read())
            if words is not None:
                words = self._address.endpoint.redact(words)
                return TimedOut(words, is_said=True) if is_late else Refused(words)
        what = f"the {self.name} answers with HTTP {status}"
        return HttpRefusal(what, status, retry_after(status, response.headers))


def _daemon_seconds(seconds: float) -> float:
    """A little less than we have ourselves; a daemon told nothing looks on after we are gone."""
    return max(seconds - 0.5, seconds * 0.85)


def _read(response: requests.Response, max_bytes: int) -> Body:
    """The body, or a little more than max_bytes of it."""
    body = Body()
    for piece in response.iter_content(None):
        body.append(piece)
        if body.size > max_bytes:
            body.is_cut = True
            break
    return body


def _never_connected(error: requests.RequestException) -> bool:
    """Whether nobody took the connection at all; `requests` has it only in its reasons."""
    if isinstance(error, requests.exceptions.ProxyError | requests.exceptions.SSLError):
        return True
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, NewConnectionError)
