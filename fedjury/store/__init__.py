"""The content store: files by the digest of their CID, on IPFS or in a directory."""

from fedjury.errors import ConfigError
from fedjury.store.address import MULTIADDR_HOSTS
from fedjury.store.base import ContentStore
from fedjury.store.directory import DirectoryStore
from fedjury.store.ipfs import IpfsStore

__all__ = [
    "ContentStore",
    "DirectoryStore",
    "IpfsStore",
    "open_store",
]


def open_store(location: str) -> ContentStore:
    """Open a store by where it is; connects to nothing yet.

    Args:
        location: the URL or multiaddr of an IPFS daemon's API ("http://127.0.0.1:5001",
            "/ip4/127.0.0.1/tcp/5001"), or a directory ("dir:PATH" or a plain path).

    Raises:
        ConfigError: it is none of these.
        StoreUnavailable: the directory cannot be created.
    """
    if location.startswith("dir:"):
        return _directory(location.removeprefix("dir:"))
    if "://" in location or location.startswith(tuple(f"/{kind}/" for kind in MULTIADDR_HOSTS)):
        return IpfsStore(location)
    return _directory(location)


def _directory(path: str) -> DirectoryStore:
    if not path.strip():
        raise ConfigError("the content store is empty: give a URL, a multiaddr or a directory")
    return DirectoryStore(path)
