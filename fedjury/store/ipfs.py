"""A content store on IPFS, through a daemon's RPC API (Kubo, js-ipfs).

The daemon is not trusted: what arrives is limited in size and time while it arrives, and its
digest is computed anew. See https://docs.ipfs.tech/reference/kubo/rpc/.
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

import ipfshttpclient
import requests

from fedjury.errors import (
    ContentMismatch,
    ContentNotFound,
    ContentTooLarge,
    StoreUnavailable,
)
from fedjury.protocol.digest import Digest
from fedjury.protocol.unixfs import CHUNK_BYTES
from fedjury.runtime.bounded_http import BodyTooLarge, BoundedSession
from fedjury.store.address import parse_address

_T = TypeVar("_T")

_ANSWER_BYTES = 1 << 16  # no answer but a file's content is ever this long
_CHECK_SECONDS = 5.0
_UPLOAD_PIECE_BYTES = 1 << 18
_FETCH_ATTEMPTS = 2
_BRIEF = 200  # characters of a daemon's own words that are passed on
# Everything that decides the CID is said, since daemons let their users change the defaults.
_ADD_OPTIONS = {
    "cid-version": "0",
    "hash": "sha2-256",
    "raw-leaves": "false",
    "trickle": "false",
    "chunker": f"size-{CHUNK_BYTES}",
    "pin": "true",
}


class IpfsStore:
    """Files on an IPFS daemon. Holds no connection, so threads may share it."""

    def __init__(
        self,
        api: str,
        *,
        add_seconds: float = 120.0,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Connects to nothing yet.

        Args:
            api: "http://127.0.0.1:5001" or "/ip4/127.0.0.1/tcp/5001".
            add_seconds: how long an upload may take in all.
            headers: for every request.

        Raises:
            ConfigError: `api` is neither.
        """
        self._address = parse_address(api, headers)
        self._add_seconds = add_seconds

    @property
    def name(self) -> str:
        return f"IPFS daemon at {self._address.url}"

    def add(self, data: bytes) -> Digest:
        digest = Digest.of(data)
        cid = self._call(
            self._add_seconds, lambda client: client.add_bytes(data, opts=_ADD_OPTIONS)
        )
        if cid != digest.cid:
            raise ContentMismatch(
                f"the {self.name} calls a file {str(cid)[:80]!r} whose CID is {digest.cid}"
            )
        return digest

    def fetch(self, digest: Digest, max_bytes: int, timeout: float) -> bytes:
        data = self._download(digest.cid, max_bytes, timeout)
        if Digest.of(data) != digest:
            raise ContentMismatch(f"the {self.name} sent other bytes than {digest.cid}")
        return data

    def check(self) -> None:
        self.version()

    def version(self) -> str:
        """What the daemon says its version is. Raises StoreUnavailable."""
        version = self._call(_CHECK_SECONDS, lambda client: client.version()["Version"])
        if not isinstance(version, str):
            raise StoreUnavailable(f"the {self.name} does not say its version")
        return version

    def _session(self, seconds: float, max_bytes: int) -> BoundedSession:
        session = BoundedSession(seconds, max_bytes, use_proxies=not self._address.is_loopback)
        session.auth = self._address.endpoint.auth
        session.params = self._address.query
        return session

    def _call(self, seconds: float, call: Callable[[ipfshttpclient.Client], _T]) -> _T:
        """One call through ipfshttpclient; all that goes wrong is StoreUnavailable."""
        client = ipfshttpclient.Client(
            self._address.multiaddr, self._address.api_path, chunk_size=_UPLOAD_PIECE_BYTES
        )
        with self._session(seconds, _ANSWER_BYTES) as session:
            # Its own sessions have no total deadline and no limit on an answer.
            client._client._session = session
            try:
                return call(client)
            except (ipfshttpclient.exceptions.Error, requests.RequestException) as error:
                why = f"no answer within {seconds:g} s" if session.expired else self._brief(error)
                raise StoreUnavailable(f"the {self.name} does not work: {why}") from None
            except (BodyTooLarge, AssertionError, LookupError, TypeError, ValueError) as error:
                # ipfshttpclient takes the shape of an answer for granted.
                raise StoreUnavailable(f"the {self.name} answers nonsense") from error

    def _download(self, cid: str, max_bytes: int, timeout: float) -> bytes:
        """Bytes that the daemon says are this file's, at most max_bytes.

        A broken connection is tried once more. If it breaks again and the daemon is up, it is
        the content's fault: Kubo hangs up when a block in the middle of a file is missing, and
        an update with missing blocks must not look like a daemon that is down.
        """
        end = time.monotonic() + timeout
        for _ in range(_FETCH_ATTEMPTS):
            with self._session(end - time.monotonic(), max_bytes + _ANSWER_BYTES) as session:
                try:
                    return self._cat(session, cid, max_bytes)
                except requests.RequestException as error:
                    if session.expired:
                        break
                    why = self._brief(error)
        else:
            raise self._not_found(cid, f"twice broken off: {why}")
        raise self._not_found(cid, f"not produced within {timeout:g} s")

    def _cat(self, session: BoundedSession, cid: str, max_bytes: int) -> bytes:
        response = session.post(
            f"{self._address.api}/cat",
            params={
                "arg": cid,
                # One byte more tells a file that is too large from one that just fits.
                "length": str(max_bytes + 1),
                "timeout": _daemon_timeout(session.seconds_left),
            },
        )
        if not response.ok:
            raise self._not_found(cid, self._address.endpoint.redact(_refusal(response)))
        body = _read(response, max_bytes)
        if len(body) > max_bytes:
            raise ContentTooLarge(f"{cid} is larger than {max_bytes} bytes")
        if session.expired:  # a body without a length ends like a whole one when it is cut
            raise requests.Timeout
        return body

    def _brief(self, error: Exception) -> str:
        """The beginning of an error's words, which may hold the whole URL."""
        return self._address.endpoint.redact(str(error))[:_BRIEF] or type(error).__name__

    def _not_found(self, cid: str, why: str) -> ContentNotFound:
        """The error to raise for content that did not come; raises if it is the daemon's fault."""
        self.check()
        return ContentNotFound(f"the {self.name} did not produce {cid}: {why}")


def _daemon_timeout(seconds: float) -> str:
    """A little less than we have ourselves; a daemon told nothing looks on after we are gone."""
    return f"{int(max(seconds - 0.5, seconds / 2) * 1000)}ms"


def _read(response: requests.Response, max_bytes: int) -> bytes:
    """The body, or a little more than max_bytes of it."""
    body = bytearray()
    for piece in response.iter_content(None):
        body += piece
        if len(body) > max_bytes:
            break
    return bytes(body)


def _refusal(response: requests.Response) -> str:
    """What a daemon says of its refusal; Kubo and js-ipfs share the form, not the words."""
    try:
        return str(json.loads(_read(response, _ANSWER_BYTES))["Message"])[:_BRIEF]
    except (ValueError, KeyError, TypeError):
        return f"HTTP {response.status_code}"
