"""Who takes part in a task and where it lives, from options or from a devnet."""

from collections.abc import Sequence
from pathlib import Path

from eth_utils.address import is_address, to_checksum_address

from fedjury.devnet import DevnetStatus
from fedjury.errors import ConfigError


def choose_locations(
    found: DevnetStatus | None, rpc: str | None, store: str | None
) -> tuple[str, str]:
    """RPC URL and store, as given or else the devnet's.

    Raises:
        ConfigError: one of them is missing.
    """
    if found is not None:
        rpc, store = rpc or found.chain.url, store or found.ipfs.url
    if rpc is None or store is None:
        raise ConfigError("say --devnet, or both --rpc and --store")
    return rpc, store


def choose_coordinator(
    found: DevnetStatus | None, keystore: Path | None, password_file: Path | None
) -> tuple[Path, Path | None]:
    """The coordinator's keystore and password file: as given, or else the devnet's account 0.

    Raises:
        ConfigError: neither.
    """
    if keystore is not None:
        return keystore, password_file
    if found is None:
        raise ConfigError("say the coordinator's --keystore")
    return devnet_keystore(found, 0), found.password_file


def devnet_keystore(found: DevnetStatus, number: int) -> Path:
    """The keystore of the devnet's account of this number."""
    return found.keystores / f"{number}-{found.accounts[number]}.json"


def choose_members(
    found: DevnetStatus | None,
    juror: Sequence[str] | None,
    client: Sequence[str] | None,
    jurors: int,
    clients: int,
    relayers: Sequence[str] = (),
) -> tuple[list[str], list[str]]:
    """Jurors' and clients' addresses: as given, or else so many of the devnet's accounts.

    The devnet's account 0 coordinates; of the others those are taken that are not given, also not
    as relayers, jurors first.

    Raises:
        ConfigError: not an address, too few accounts, no juror, or a client named twice.
    """
    named_jurors, named_clients = checked_addresses(juror), checked_addresses(client)
    require_once(named_clients, "client")
    if found is not None:
        named = {*named_jurors, *named_clients, *relayers}
        free = [address for address in found.accounts[1:] if address not in named]
        wanted = 0 if named_jurors else jurors, 0 if named_clients else clients
        if sum(wanted) > len(free):
            raise ConfigError(
                f"the devnet has {len(free)} accounts for members, besides the coordinator and "
                f"those given; {wanted[0]} jurors and {wanted[1]} clients need {sum(wanted)}"
            )
        named_jurors = named_jurors or free[: wanted[0]]
        named_clients = named_clients or free[wanted[0] : sum(wanted)]
    if not named_jurors:
        raise ConfigError("a task needs a jury: say --juror, once for each")
    return named_jurors, named_clients


def checked_addresses(given: Sequence[str] | None) -> list[str]:
    """Checksummed addresses (EIP-55); none for None.

    Raises:
        ConfigError: names the first that is no address.
    """
    for address in given or []:
        if not is_address(address):
            raise ConfigError(f"{address!r} is not an address: 0x and 40 hexadecimal digits")
    return [to_checksum_address(address) for address in given or []]


def checked_relayers(given: Sequence[str] | None) -> list[str]:
    """Relayers' addresses (EIP-55), each once; none for None.

    Raises:
        ConfigError: not an address, or a relayer named twice.
    """
    relayers = checked_addresses(given)
    require_once(relayers, "relayer")
    return relayers


def require_once(addresses: Sequence[str], what: str) -> None:
    """Make sure that nobody is named twice.

    Args:
        addresses: of those who are named.
        what: they are, in a word.

    Raises:
        ConfigError: names the first who is.
    """
    seen: set[str] = set()
    for address in addresses:
        if address in seen:
            raise ConfigError(f"the {what} {address} is named twice")
        seen.add(address)
