"""How nodes and the services before them say that they want to be left alone for a while.

HTTP has a status and a header for it (`fedjury.runtime.retry_after`). JSON-RPC has only EIP-1474's
-32005; services use that or codes of their own, and some say how long in the error's data.
"""

from collections.abc import Mapping

from fedjury.errors import ChainUnavailable, NodeError
from fedjury.runtime.retry_after import TOO_MANY_REQUESTS, UNSAID

LIMIT_EXCEEDED = -32005  # EIP-1474; of requests (Infura, Chainstack), or of what one answer holds
_LONGEST = 1e9

_CODES = frozenset(
    {
        TOO_MANY_REQUESTS,  # Alchemy, Arbitrum
        LIMIT_EXCEEDED,
        -32007,  # QuickNode
        -32016,  # Base
        -32029,  # TheRPC
        -32090,  # Ankr, Polygon
        -32097,  # BlockPI
        -32605,  # BlockVision
    }
)


def seconds_by_code(code: int, data: object) -> float | None:
    """For how many seconds a JSON-RPC error asks to be left alone; None where it does not ask."""
    if code not in _CODES:
        return None
    rate = data.get("rate") if isinstance(data, Mapping) else None
    said = rate.get("backoff_seconds") if isinstance(rate, Mapping) else None  # Infura
    if isinstance(said, int | float) and 0 < said < _LONGEST:
        return float(said)
    return UNSAID


def is_rate_limit(error: ChainUnavailable) -> bool:
    """Whether an error is about how often one asks, and surely not about what was asked for."""
    if error.retry_after is None:
        return False
    if isinstance(error, NodeError) and error.code == LIMIT_EXCEEDED:
        return error.http_status == TOO_MANY_REQUESTS
    return True
