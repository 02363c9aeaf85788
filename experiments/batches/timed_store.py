"""A content store that notes when a file was last had from it."""

from collections.abc import Callable

from experiments.batches.steps import Moment
from fedjury.protocol.digest import Digest
from fedjury.store import ContentStore


class TimedStore:
    """Another store.

    Args:
        store: does the work.

    Attributes:
        last: when content that was received was last there.
    """

    def __init__(self, store: ContentStore) -> None:
        self._store, self.last = store, Moment.now()

    @property
    def name(self) -> str:
        """As the other's."""
        return self._store.name

    def add(self, data: bytes) -> Digest:
        """As `ContentStore.add`."""
        return self._store.add(data)

    def fetch(self, digest: Digest, max_bytes: int, timeout: float) -> bytes:
        """As `ContentStore.fetch`."""
        return self._store.fetch(digest, max_bytes, timeout)

    def receive(self, digest: Digest, max_bytes: int, timeout: float) -> Callable[[], bytes]:
        """As `ContentStore.receive`; the time is noted when the content is there."""
        content = self._store.receive(digest, max_bytes, timeout)

        def received() -> bytes:
            data = content()
            self.last = Moment.now()
            return data

        return received

    def keep(self, digest: Digest, timeout: float) -> None:
        """As `ContentStore.keep`."""
        self._store.keep(digest, timeout)

    def release(self, digest: Digest) -> None:
        """As `ContentStore.release`."""
        self._store.release(digest)

    def check(self) -> None:
        """As `ContentStore.check`."""
        self._store.check()
