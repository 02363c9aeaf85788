"""A content store that can be down."""

from collections import Counter
from pathlib import Path

from fedjury.errors import ContentNotFound, StoreUnavailable
from fedjury.protocol.digest import Digest
from fedjury.store import DirectoryStore


class FlakyStore(DirectoryStore):
    """A directory that does not work while it is down.

    Attributes:
        is_down: whether it is; tests set it.
        added: how often something was added.
        missing: how often yet each file is said to be missing.
        refused: files that it says nothing of, as behind a proxy that limits downloads.
    """

    is_down = False
    added = 0

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.refused: set[Digest] = set()
        self.missing: Counter[Digest] = Counter()

    def add(self, data: bytes) -> Digest:
        self._require_up()
        self.added += 1
        return super().add(data)

    def fetch(self, digest: Digest, max_bytes: int, timeout: float) -> bytes:
        self._require_up()
        if digest in self.refused:
            raise StoreUnavailable("HTTP 503")
        if self.missing[digest]:
            self.missing[digest] -= 1
            raise ContentNotFound("no capacity")
        return super().fetch(digest, max_bytes, timeout)

    def check(self) -> None:
        self._require_up()
        super().check()

    def _require_up(self) -> None:
        if self.is_down:
            raise StoreUnavailable("gone")
