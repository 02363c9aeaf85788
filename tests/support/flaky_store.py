"""A content store that can be down."""

from fedjury.errors import StoreUnavailable
from fedjury.protocol.digest import Digest
from fedjury.store import DirectoryStore


class FlakyStore(DirectoryStore):
    """A directory that does not work while it is down.

    Attributes:
        is_down: whether it is; tests set it.
        added: how often something was added.
    """

    is_down = False
    added = 0

    def add(self, data: bytes) -> Digest:
        self._require_up()
        self.added += 1
        return super().add(data)

    def fetch(self, digest: Digest, max_bytes: int, timeout: float) -> bytes:
        self._require_up()
        return super().fetch(digest, max_bytes, timeout)

    def _require_up(self) -> None:
        if self.is_down:
            raise StoreUnavailable("gone")
