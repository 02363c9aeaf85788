"""The few JSON-RPC calls that a devnet makes itself."""

from typing import Any

import requests

from fedjury.errors import ChainUnavailable
from fedjury.runtime.bounded_http import BodyTooLarge, BoundedSession

_SECONDS = 5.0
_BYTES = 1 << 20


def call(url: str, method: str, *params: Any) -> Any:
    """One JSON-RPC call. Raises ChainUnavailable when there is no result."""
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    with BoundedSession(_SECONDS, _BYTES, use_proxies=False) as session:
        try:
            return session.post(url, json=request).json()["result"]
        except (requests.RequestException, BodyTooLarge, KeyError, TypeError) as error:
            raise ChainUnavailable(
                f"{url} does not answer {method} ({type(error).__name__})"
            ) from error
