"""The content store: files by the digest of their CID, on IPFS or in a directory."""

from collections.abc import Sequence

from fedjury.errors import ConfigError
from fedjury.runtime.endpoint import suggestion
from fedjury.runtime.events import Listener, ignore
from fedjury.runtime.headers import headers_for
from fedjury.runtime.patience import Patience
from fedjury.store.address import MULTIADDR_HOSTS, parse_address
from fedjury.store.base import ContentStore
from fedjury.store.directory import DirectoryStore
from fedjury.store.ipfs import IpfsStore
from fedjury.store.several import SeveralStores, connections_per_file
from fedjury.store.time_for import time_for

__all__ = [
    "ContentStore",
    "DirectoryStore",
    "IpfsStore",
    "SeveralStores",
    "connections_per_file",
    "has_secrets",
    "is_ipfs",
    "open_store",
    "open_stores",
    "time_for",
    "without_secrets",
]


def open_stores(
    locations: Sequence[str], patience: Patience | None = None, listener: Listener = ignore
) -> ContentStore:
    """Open one store, or several as one; connects to nothing yet.

    Args:
        locations: of each as of `open_store`, the best first.
        patience: as of `open_store`.
        listener: is told which of several fail.

    Raises:
        ConfigError: a location is unusable, or given twice.
        StoreUnavailable: a directory cannot be created.
    """
    if len(locations) == 1:
        return open_store(locations[0], patience)
    stores = [open_store(each, number=number) for number, each in enumerate(locations, 1)]
    return SeveralStores(stores, patience, listener)


def open_store(location: str, patience: Patience | None = None, number: int = 1) -> ContentStore:
    """Open a store by where it is; connects to nothing yet.

    Args:
        location: the URL or multiaddr of an IPFS daemon's API ("http://127.0.0.1:5001",
            "/ip4/127.0.0.1/tcp/5001"), or a directory ("dir:PATH" or a plain path). The
            environment may have headers for the daemon (`headers_for`).
        patience: with a daemon that refuses for a while; none by default.
        number: of the store among several, from 1, see `headers_for`.

    Raises:
        ConfigError: it is none of these, or a host and port without a scheme.
        StoreUnavailable: the directory cannot be created.
    """
    if location.startswith("dir:"):
        return _directory(location.removeprefix("dir:"))
    if is_ipfs(location):
        return IpfsStore(location, headers=headers_for("STORE", number=number), patience=patience)
    if meant := suggestion(location):
        raise ConfigError(
            f"the content store needs http:// or https:// before a host{meant} A directory of "
            "that name is given as dir:NAME"
        )
    return _directory(location)


def is_ipfs(location: str) -> bool:
    """Whether a store's location is an IPFS daemon's address, usable or not."""
    start = location.strip().lower()
    hosts = tuple(f"/{kind}/" for kind in MULTIADDR_HOSTS)
    return "://" in start or start.startswith(("http:", "https:", *hosts))


def without_secrets(location: str) -> str:
    """A store's location as files and people may see it.

    As it is, or where more of a daemon's address could be secret its scheme, host and port.

    Raises:
        ConfigError: it is unusable.
    """
    return parse_address(location).url if has_secrets(location) else location


def has_secrets(location: str) -> bool:
    """Whether there is more to a store's location than `without_secrets` leaves.

    Raises:
        ConfigError: it is unusable.
    """
    return is_ipfs(location) and parse_address(location).endpoint.has_secrets


def _directory(path: str) -> DirectoryStore:
    if not path.strip():
        raise ConfigError("the content store is empty: give a URL, a multiaddr or a directory")
    return DirectoryStore(path)
