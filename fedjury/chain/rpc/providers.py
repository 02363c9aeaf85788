"""How requests reach a node: over HTTP, or to a chain embedded in this process."""

import json
from itertools import accumulate
from typing import Any

import requests
from web3 import HTTPProvider
from web3.providers import BaseProvider
from web3.types import RPCEndpoint, RPCResponse

from fedjury.errors import ChainUnavailable, ConfigError
from fedjury.runtime.endpoint import Endpoint, parse_endpoint
from fedjury.runtime.headers import headers_for

EMBEDDED = "embedded"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
CONNECT_TIMEOUT = 5.0
DEEPEST = 100  # levels of JSON; no method used here answers with more than 5

_WHAT = "the RPC URL"
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class RpcProvider(HTTPProvider):
    """web3's HTTP provider, without silent retries and with a check of the answer's shape."""

    def __init__(self, endpoint: Endpoint, timeout: float) -> None:
        options: dict[str, object] = {
            "timeout": (min(CONNECT_TIMEOUT, timeout), timeout),
            "auth": endpoint.auth,
            "allow_redirects": False,  # our headers are for nobody else
        }
        if endpoint.host.lower() in LOOPBACK:
            # a proxy that the environment names cannot reach this machine's own node
            options["proxies"] = {"http": "", "https": ""}
        # web3 would retry 5 times by itself, which hides an outage for as long
        super().__init__(endpoint.url, request_kwargs=options, exception_retry_configuration=None)
        self._endpoint = endpoint

    def __str__(self) -> str:
        return f"RPC connection {self._endpoint.shown}"

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """As HTTPProvider.make_request; a node's words are rid of the endpoint's secrets."""
        redact = self._endpoint.redact
        try:
            answer: Any = super().make_request(method, params)
        except requests.HTTPError as error:
            if error.response is not None:
                error.response._content = redact(error.response.text).encode(
                    error.response.encoding or "utf-8", "replace"
                )
            raise
        refusal = answer.get("error")
        if isinstance(refusal, dict) and isinstance(refusal.get("message"), str):
            refusal["message"] = redact(refusal["message"])
        return answer  # type: ignore[no-any-return]

    @staticmethod
    def decode_rpc_response(raw_response: bytes) -> RPCResponse:
        """Decode a response's JSON.

        Raises:
            ChainUnavailable: it is not JSON, or not a JSON-RPC response.
        """
        try:
            answer = json.loads(raw_response) if _depth(raw_response) <= DEEPEST else None
        except ValueError:
            raise ChainUnavailable("the node's answer is not JSON: is this an RPC URL?") from None
        if not isinstance(answer, dict):
            raise ChainUnavailable("the node's answer is not a JSON-RPC response")
        # some nodes send "error": null beside a result
        kept = {key: answer[key] for key in ("jsonrpc", "id", "result") if key in answer}
        if answer.get("error") is not None:
            kept["error"] = answer["error"]
            kept.pop("result", None)
        return kept  # type: ignore[return-value]


def _depth(raw: bytes) -> int:
    # py-evm raises Python's recursion limit so far that nested JSON can end the process
    brackets = raw.translate(None, delete=_NO_BRACKETS)
    return max(accumulate(1 if bracket in b"[{" else -1 for bracket in brackets), default=0)


def open_provider(url: str, timeout: float, number: int = 1) -> BaseProvider:
    """The provider for an http(s) URL or for "embedded".

    Args:
        timeout: seconds for one request.
        number: of the endpoint among several, from 1, which says whose headers it gets.

    Raises:
        ConfigError: the URL is neither, the environment's headers for it (`headers_for`) are
            unusable, or the embedded chain is not installed.
    """
    if url == EMBEDDED:
        return _embedded()
    return RpcProvider(parse_endpoint(url, _WHAT, headers_for("RPC", number=number)), timeout)


def _embedded() -> BaseProvider:
    try:
        from fedjury.chain.rpc.embedded import EmbeddedProvider  # noqa: PLC0415 (optional dependency)

        return EmbeddedProvider()
    except ImportError as error:
        raise ConfigError(
            f"the embedded chain needs eth-tester with py-evm: pip install fedjury[demo] ({error})"
        ) from error


def without_secrets(url: str) -> str:
    """The URL's scheme, host and port: the rest of it may hold an API key or a password.

    Raises:
        ConfigError: it is unusable.
    """
    return url if url == EMBEDDED else parse_endpoint(url, _WHAT).shown


def has_secrets(url: str) -> bool:
    """Whether there is more to a URL than `without_secrets` leaves.

    Raises:
        ConfigError: it is unusable.
    """
    return url != EMBEDDED and parse_endpoint(url, _WHAT).has_secrets
