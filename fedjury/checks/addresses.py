"""One spelling of addresses, with their checksum (EIP-55), wherever people and programs look."""

import re
from collections.abc import Mapping
from typing import Any

from eth_utils.address import to_checksum_address

_ADDRESS = re.compile(r"(?<![\w/])0x[0-9a-fA-F]{40}(?!\w)")  # no digest, and no part of a URL


def spelled(text: str) -> str:
    """A text with all addresses in it checksummed: an address alone, or a sentence that names some.

    Args:
        text: anything; digests, and addresses in a URL's path, stay as they are.
    """
    return _ADDRESS.sub(lambda found: to_checksum_address(found[0]), text)


def all_spelled(value: Any) -> Any:
    """Plain JSON values with all addresses in texts and keys checksummed, as of `spelled`.

    Args:
        value: a text, a mapping, a list or a tuple of such values; anything else stays as it is.
    """
    if isinstance(value, str):
        return spelled(value)
    if isinstance(value, Mapping):
        return {spelled(key): all_spelled(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [all_spelled(each) for each in value]
    return value
