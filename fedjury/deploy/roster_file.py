"""A roster as its coordinator writes it: addresses in a text file."""

from collections.abc import Iterable
from pathlib import Path

from fedjury.checks.json_values import parse_json
from fedjury.deploy.members import checked_addresses, require_once
from fedjury.errors import ConfigError
from fedjury.protocol.roster import Roster
from fedjury.runtime.files import read_text_file


def read_roster_file(path: Path) -> list[str]:
    """The clients' addresses in a file: one a line, or a JSON list.

    Empty lines do not count, nor does what follows a ``#``.

    Returns:
        Checksummed addresses (EIP-55), in the file's order.

    Raises:
        ConfigError: it cannot be read, is another kind of file, or names nobody or somebody twice.
    """
    try:
        text = read_text_file(path)
        given = _json_list(text) if text.lstrip().startswith("[") else _lines(text)
        addresses = checked_addresses(given)
        require_once(addresses)
    except OSError as error:
        raise ConfigError(f"the roster {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"the roster {path} {error}") from error
    except ConfigError as error:
        raise ConfigError(f"the roster {path}: {error}") from error
    if not addresses:
        raise ConfigError(f"the roster {path} names nobody")
    return addresses


def roster_of(clients: Iterable[str]) -> Roster:
    """The roster of these clients.

    Raises:
        ConfigError: there are more than a roster may have.
    """
    try:
        return Roster.of(clients)
    except ValueError as error:
        raise ConfigError(str(error)) from error


def _json_list(text: str) -> list[str]:
    """Raises ValueError, in words that fit after the file's name."""
    try:
        found = parse_json(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is no JSON list of addresses: {error}") from error
    if not all(isinstance(each, str) for each in found):
        raise ValueError("is no JSON list of addresses: it holds something else than strings")
    return list(found)


def _lines(text: str) -> list[str]:
    words = (line.partition("#")[0].strip() for line in text.splitlines())
    return [word for word in words if word]
