"""Reading JSON-RPC values: what has not the right shape is an unusable node, never a crash.

Quantities and data are hexadecimal strings (Ethereum JSON-RPC specification); the embedded chain
gives Python integers instead.
"""

import re
from collections.abc import Mapping

from fedjury.errors import ChainUnavailable

MOST = 2**256 - 1
"""No number of a chain is larger."""
MOST_NONCE = 2**64 - 2
"""No account sends more transactions (EIP-2681)."""

_QUANTITY, _DATA = re.compile(r"0x[0-9a-fA-F]+"), re.compile(r"0x(?:[0-9a-fA-F]{2})*")


def quantity(value: object, what: str, most: int = MOST) -> int:
    """A non-negative integer, `most` at most."""
    found = -1
    if isinstance(value, int) and not isinstance(value, bool):
        found = value
    elif isinstance(value, str) and _QUANTITY.fullmatch(value):
        found = int(value, 16)
    if not 0 <= found <= most:
        raise ChainUnavailable.garbage(what, value)
    return found


def data(value: object, what: str, size: int | None = None) -> bytes:
    """A byte string, of exactly `size` bytes if given."""
    if not isinstance(value, str) or not _DATA.fullmatch(value):
        raise ChainUnavailable.garbage(what, value)
    found = bytes.fromhex(value[2:])
    if size is not None and len(found) != size:
        raise ChainUnavailable.garbage(what, value)
    return found


def mapping(value: object, what: str) -> Mapping[str, object]:
    """An object with string keys; a missing key reads as None and then fails as garbage."""
    if not isinstance(value, Mapping):
        raise ChainUnavailable.garbage(what, value)
    return value


def array(value: object, what: str) -> list[object]:
    """An array."""
    if not isinstance(value, list | tuple):
        raise ChainUnavailable.garbage(what, value)
    return list(value)
