"""One relay over HTTP, which may be broken or lie: every answer is bounded in time and size.

Source: docs/protocol/relays.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from fedjury.checks.json_values import canonical_json, parse_json
from fedjury.protocol.batch_file import BatchEntry
from fedjury.protocol.digest import Digest
from fedjury.protocol.receipt import Receipt
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.runtime.bounded_http import BodyTooLarge, BoundedSession, NotSent
from fedjury.runtime.endpoint import Endpoint, parse_endpoint
from fedjury.store import time_for

ANSWER_BYTES = 1 << 14  # no answer of a relay is ever this long
SECONDS = 10.0  # for an answer
_BRIEF = 200  # characters of a relay's own words
_UINT64 = 2**64
# Beside those from 500 on: refusals for the moment (RFC 9110, 8470 and 6585).
_FOR_NOW = (408, 425, 429)


class RelayFailed(Exception):
    """The relay does not work now, as far as one can tell; says how."""


class RelayRefused(RelayFailed):
    """The relay refuses, or gives an answer that cannot be used: asking again is of no use."""


class RelayNotNow(RelayFailed):
    """The relay works, but takes nothing in for the moment."""


@dataclass(frozen=True)
class RelayStatus:
    """Whose relay it says it is.

    Attributes:
        task: the task's name, ``eip155:<chain id>:<address>``.
        relayer: address of the account that posts and signs receipts; "" where it does not say.
    """

    task: str
    relayer: str = ""


class RelayEndpoint:
    """One relay.

    Args:
        url: of the relay, as a person wrote it.
        seconds: for each of its answers.

    Raises:
        ConfigError: the URL is unusable.
    """

    def __init__(self, url: str, seconds: float = SECONDS) -> None:
        self._endpoint: Endpoint = parse_endpoint(url, "the relay's URL")
        self._seconds = seconds

    @property
    def name(self) -> str:
        """Where it is, in words for people."""
        return self._endpoint.shown

    def hand_over(
        self, domain: UpdateDomain, entry: BatchEntry, seconds: float = SECONDS
    ) -> tuple[Receipt, bytes]:
        """Hand a signed update to the relay.

        Args:
            domain: in which it is signed.
            entry: the update.
            seconds: that there are, if they are fewer than for any of its answers.

        Returns:
            The receipt and the signature under it, whosever that is.

        Raises:
            RelayFailed: it was not taken, or no receipt came back.
        """
        body = canonical_json(
            {
                "round": domain.round,
                "parent_model": "0x" + domain.parent_model.hex(),
                "client": entry.client,
                "digest": "0x" + entry.digest.hex(),
                "signature": "0x" + entry.signature.hex(),
            }
        )
        headers = {"Content-Type": "application/json"}
        answer = self._ask("POST", "updates", body, headers, min(seconds, self._seconds))
        receipt_time, signature = _read_receipt(answer)
        receipt = Receipt(
            domain.round, domain.parent_model, entry.client, entry.digest, receipt_time
        )
        return receipt, signature

    def status(self, seconds: float = SECONDS) -> RelayStatus:
        """Ask the relay whose it is.

        Args:
            seconds: that there are, if they are fewer than for any of its answers.

        Raises:
            RelayFailed: it does not say.
        """
        answer = self._ask("GET", "status", None, {}, min(seconds, self._seconds))
        document = _document(answer)
        task, relayer = document.get("task"), document.get("relayer")
        if not isinstance(task, str):
            raise RelayRefused("it does not say of what task it is")
        task = self._endpoint.redact(task)[:_BRIEF]
        return RelayStatus(task, relayer if isinstance(relayer, str) else "")

    def put_file(self, digest: Digest, data: bytes) -> None:
        """Give the relay an update's file.

        Raises:
            RelayFailed: it was not taken.
        """
        headers = {"Content-Type": "application/octet-stream"}
        seconds = time_for(len(data), self._seconds)
        self._ask("PUT", f"files/{digest.cid}", data, headers, seconds)

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        seconds: float,
    ) -> bytes:
        endpoint = self._endpoint
        use_proxies = not endpoint.is_loopback
        with BoundedSession(seconds, ANSWER_BYTES, use_proxies=use_proxies) as session:
            session.auth = endpoint.auth
            try:
                response = session.request(
                    method,
                    self._url(path),
                    data=body,
                    headers={**headers, "Accept": "application/json"},
                    allow_redirects=False,
                )
                content = response.content
            except BodyTooLarge:
                raise RelayRefused("its answer is larger than any relay's is") from None
            except requests.TooManyRedirects:
                raise RelayRefused("it sends us elsewhere") from None
            except (requests.RequestException, OSError, ValueError) as error:
                late = f"no whole answer within {seconds:g} s"
                raise RelayFailed(late if session.expired else _describe(error)) from None
            if session.expired:  # a body without a length ends like a whole one when it is cut
                raise RelayFailed(f"no whole answer within {seconds:g} s")
        if response.status_code == requests.codes.ok:
            return content
        raise self._refusal(response.status_code, content)

    def _url(self, path: str) -> str:
        head, _, query = self._endpoint.url.partition("?")
        return f"{head.rstrip('/')}/{path}" + (f"?{query}" if query else "")

    def _refusal(self, status: int, content: bytes) -> RelayFailed:
        said = self._endpoint.redact(_error_in(content))[:_BRIEF]
        words = f"HTTP {status}" + (f": {said}" if said else "")
        passes = status >= requests.codes.server_error or status in _FOR_NOW
        return RelayNotNow(words) if passes else RelayRefused(words)


def _describe(error: Exception) -> str:
    # never the text of a connection error: it holds the whole URL
    if isinstance(error, requests.Timeout):
        return "it does not answer in time"
    if isinstance(error, NotSent):
        return f"it cannot be asked: {error}"
    if isinstance(error, requests.ConnectionError | OSError):
        return f"it cannot be reached ({type(error).__name__})"
    return f"it gives an unusable answer ({type(error).__name__})"


def _read_receipt(answer: bytes) -> tuple[int, bytes]:
    """When the relay says that it took the update, and its signature.

    All else that a receipt says is known beforehand, and the signature is over that.
    """
    document = _document(answer)
    found = document.get("receipt")
    if not isinstance(found, dict):
        raise RelayRefused("its receipt is none")
    received_at, signature = found.get("received_at"), found.get("signature")
    if type(received_at) is not int or not 0 <= received_at < _UINT64:
        raise RelayRefused("its receipt does not say when")
    if not isinstance(signature, str) or not signature.startswith("0x"):
        raise RelayRefused("its receipt has no signature")
    try:
        return received_at, bytes.fromhex(signature[2:])
    except ValueError:
        raise RelayRefused("its receipt has no signature") from None


def _document(answer: bytes) -> dict[str, Any]:
    try:
        found = parse_json(answer)
    except (ValueError, RecursionError):
        raise RelayRefused("its answer is not JSON") from None
    if not isinstance(found, dict):
        raise RelayRefused("its answer is no object")
    return found


def _error_in(content: bytes) -> str:
    """A refusal's own words; "" where it has none."""
    try:
        found = parse_json(content)
    except (ValueError, RecursionError):
        return ""
    said = found.get("error") if isinstance(found, dict) else None
    return said if isinstance(said, str) else ""
