"""How requests reach a node: over HTTP, or to a chain embedded in this process."""

import json
from itertools import accumulate
from urllib.parse import urlsplit

from web3 import HTTPProvider
from web3.providers import BaseProvider
from web3.types import RPCResponse

from fedjury.errors import ChainUnavailable, ConfigError

EMBEDDED = "embedded"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
CONNECT_TIMEOUT = 5.0
DEEPEST = 100  # levels of JSON; no method used here answers with more than 5

_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class RpcProvider(HTTPProvider):
    """web3's HTTP provider, without silent retries and with a check of the answer's shape."""

    def __init__(self, url: str, timeout: float) -> None:
        options: dict[str, object] = {"timeout": (min(CONNECT_TIMEOUT, timeout), timeout)}
        if urlsplit(url).hostname in LOOPBACK:
            # a proxy that the environment names cannot reach this machine's own node
            options["proxies"] = {"http": "", "https": ""}
        # web3 would retry 5 times by itself, which hides an outage for as long
        super().__init__(url, request_kwargs=options, exception_retry_configuration=None)

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


def open_provider(url: str, timeout: float) -> BaseProvider:
    """The provider for an http(s) URL or for "embedded"; timeout in seconds for one request.

    Raises:
        ConfigError: the URL is neither, or the embedded chain is not installed.
    """
    if url == EMBEDDED:
        return _embedded()
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ConfigError('the RPC URL must be http://host:port, https://host/path or "embedded"')
    return RpcProvider(url, timeout)


def _embedded() -> BaseProvider:
    try:
        from fedjury.chain.rpc.embedded import EmbeddedProvider  # noqa: PLC0415 (optional dependency)

        return EmbeddedProvider()
    except ImportError as error:
        raise ConfigError(
            f"the embedded chain needs eth-tester with py-evm: pip install fedjury[demo] ({error})"
        ) from error


def without_secrets(url: str) -> str:
    """The URL's scheme, host and port: its path and user part may hold an API key."""
    if url == EMBEDDED:
        return url
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}"
