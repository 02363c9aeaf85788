"""A client's own store beside those of others, as an IPFS daemon is one of many."""

from pathlib import Path

from fedjury.errors import ContentNotFound, StoreUnavailable
from fedjury.protocol.digest import Digest
from fedjury.store import ContentStore, DirectoryStore


class OwnStore(DirectoryStore):
    """A directory that also finds what others offer, as long as they do, and keeps none of that.

    Args:
        path: of the directory.
        others: what they offer.

    Attributes:
        is_full: whether it refuses to add anything; tests set it.
        added: what was added, each time.
    """

    is_full = False

    def __init__(self, path: Path, others: ContentStore) -> None:
        super().__init__(path)
        self.added: list[Digest] = []
        self._others = others

    def add(self, data: bytes) -> Digest:
        if self.is_full:
            raise StoreUnavailable("no space left")
        self.added.append(super().add(data))
        return self.added[-1]

    def fetch(self, digest: Digest, max_bytes: int, timeout: float) -> bytes:
        try:
            return super().fetch(digest, max_bytes, timeout)
        except ContentNotFound:
            return self._others.fetch(digest, max_bytes, timeout)
