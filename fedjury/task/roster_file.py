"""Files in which people list addresses: a line each, or a JSON list."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from eth_utils.address import to_checksum_address

from fedjury.checks.json_values import parse_json
from fedjury.errors import ConfigError
from fedjury.protocol.roster import MAX_MEMBERS, Roster
from fedjury.runtime.files import read_text_file

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_COMMENT = "#"
_NOBODY = "0x" + "0" * 40


def read_addresses(path: Path) -> list[str]:
    """The addresses that a file lists, checksummed (EIP-55), in the file's order.

    The file is either text with one address a line, where a number sign begins a comment and empty
    lines do not count, or one JSON list of strings. It takes about 3 s for 100,000 addresses.

    Raises:
        ConfigError: the file cannot be read, lists nobody, more than a roster holds, one address
            twice, or something that is no address; says where.
    """
    return all_addresses([], path)


def all_addresses(given: Sequence[str], file: Path | None) -> list[str]:
    """Addresses given one by one, then those that a file lists, if there is one.

    Raises:
        ConfigError: as `read_addresses`; or one is given twice, or is the zero address.
    """
    entries: list[tuple[str, object]] = [("", address) for address in given]
    if file is not None:
        entries += _entries(file)
    return _distinct(entries)


def roster_of(addresses: Iterable[str]) -> Roster:
    """The roster of these addresses.

    Raises:
        ConfigError: there are more than a roster holds.
    """
    try:
        return Roster.of(addresses)
    except ValueError as error:
        raise ConfigError(str(error)) from None


def checked_address(text: object, where: str = "") -> str:
    """The address that a text is, checksummed (EIP-55).

    Args:
        text: 0x and 40 hexadecimal digits; those in both cases have to be in the cases that
            EIP-55 says, which catches most typing errors.
        where: it stands, for the error.

    Raises:
        ConfigError: it is none.
    """
    place = f"{where}: " if where else ""
    if not isinstance(text, str) or not _ADDRESS.fullmatch(text):
        raise ConfigError(
            f"{place}{str(text)[:80]!r} is not an address: 0x and 40 hexadecimal digits"
        )
    address = to_checksum_address(text)
    digits = text[2:]
    if digits not in (digits.lower(), digits.upper()) and text != address:
        raise ConfigError(
            f"{place}{text} is mistyped: its upper-case letters are not those of EIP-55"
        )
    return address


def _entries(path: Path) -> list[tuple[str, object]]:
    """What a file lists, and where each stands."""
    try:
        text = read_text_file(path)
    except OSError as error:
        raise ConfigError(f"the list of addresses {path}: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"the list of addresses {path} {error}") from None
    is_json = text.lstrip().startswith("[")
    found = _json_entries(path, text) if is_json else _lines(path, text)
    if not found:
        raise ConfigError(f"the list of addresses {path} names nobody")
    return found


def _lines(path: Path, text: str) -> list[tuple[str, object]]:
    """What stands where, without comments and empty lines."""
    found: list[tuple[str, object]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        content = line.partition(_COMMENT)[0].strip()
        if content:
            found.append((f"{path}, line {number}", content))
    return found


def _json_entries(path: Path, text: str) -> list[tuple[str, object]]:
    try:
        values = parse_json(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path} begins as a JSON list, but is none: {error}") from error
    return [(f"{path}, entry {number}", value) for number, value in enumerate(values, start=1)]


def _distinct(entries: Iterable[tuple[str, object]]) -> list[str]:
    found: dict[str, None] = {}
    for where, content in entries:
        address = checked_address(content, where)
        place = f"{where}: " if where else ""
        if address == _NOBODY:
            raise ConfigError(f"{place}{address} is the zero address, which is nobody's")
        if address in found:
            raise ConfigError(f"{place}{address} is listed before")
        if len(found) == MAX_MEMBERS:
            raise ConfigError(f"{place}a roster has at most {MAX_MEMBERS:,} members")
        found[address] = None
    return list(found)
