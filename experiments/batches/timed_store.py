"""A juror's content store that tells a stopwatch what is fetched: batches, or updates."""

import threading
from collections.abc import Callable, Collection

from experiments.batches.steps import Moment, Stopwatch
from fedjury.protocol.digest import Digest
from fedjury.store import ContentStore

CHECKING, FETCHING = "check signatures and members", "fetch the updates"


class TimedStore:
    """Another store. With the first update that is asked for, two steps begin: `CHECKING`, which
    began when the last batch was there, and `FETCHING`.

    Args:
        store: does the work.
        watch: of this process.
        batches: digests of batch files, which are asked for before all updates.

    Attributes:
        last: when content that was asked for was last there.
    """

    def __init__(self, store: ContentStore, watch: Stopwatch, batches: Collection[Digest]) -> None:
        self._store, self._watch, self._batches = store, watch, batches
        self._lock, self._has_begun = threading.Lock(), False
        self.last = Moment.now()

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
        """As `ContentStore.receive`."""
        self._note(digest)
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

    def _note(self, digest: Digest) -> None:
        with self._lock:  # several threads ask
            if self._has_begun or digest in self._batches:
                return
            self._has_begun = True
            self._watch.enter(CHECKING, since=self.last)
            self._watch.enter(FETCHING)
