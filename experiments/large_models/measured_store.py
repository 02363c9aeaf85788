"""A content store that tells what is sent to it and had from it."""

from collections.abc import Callable

from experiments.large_models.stages import Stages
from fedjury.protocol.digest import Digest
from fedjury.store import ContentStore


class MeasuredStore:
    """Another store; fetching and adding are stages of their own.

    Args:
        store: does the work.
        stages: of this process.
        adding: name of the stage in which a file is added.
        fetching: name of the stage in which one is fetched.
    """

    def __init__(self, store: ContentStore, stages: Stages, adding: str, fetching: str) -> None:
        self._store, self._stages = store, stages
        self._adding, self._fetching = adding, fetching

    @property
    def name(self) -> str:
        """As the other's."""
        return self._store.name

    def add(self, data: bytes) -> Digest:
        """As `ContentStore.add`."""
        with self._stages.during(self._adding) as stage:
            digest = self._store.add(data)
            stage.sent += len(data)
        return digest

    def fetch(self, digest: Digest, max_bytes: int, timeout: float) -> bytes:
        """As `ContentStore.fetch`."""
        with self._stages.during(self._fetching) as stage:
            data = self._store.fetch(digest, max_bytes, timeout)
            stage.received += len(data)
        return data

    def receive(self, digest: Digest, max_bytes: int, timeout: float) -> Callable[[], bytes]:
        """As `ContentStore.receive`; belongs to the stage that the process is in."""
        content = self._store.receive(digest, max_bytes, timeout)

        def received() -> bytes:
            data = content()
            self._stages.now.received += len(data)
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
