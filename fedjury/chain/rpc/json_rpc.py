"""Reading JSON-RPC values: what has not the right shape is an unusable node, never a crash.

Quantities and data are hexadecimal strings (Ethereum JSON-RPC specification); the embedded chain
gives Python integers instead.
"""

import re
from collections.abc import Mapping

from fedjury.errors import ChainUnavailable

_QUANTITY, _DATA = re.compile(r"0x[0-9a-fA-F]+"), re.compile(r"0x(?:[0-9a-fA-F]{2})*")


def quantity(value: object, what: str) -> int:
    """A non-negative integer."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and _QUANTITY.fullmatch(value):
        return int(value, 16)
    raise ChainUnavailable.garbage(what, value)


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
