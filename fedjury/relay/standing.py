"""Which clients stand in a round on chain already, so that a batch need not have them again."""

import time
from collections.abc import Callable, Collection

from fedjury.chain.contracts.events import BatchSubmitted, UpdateSubmitted
from fedjury.errors import ContentError, StoreUnavailable
from fedjury.protocol.batch_file import BatchFile, batch_bytes
from fedjury.protocol.digest import Digest
from fedjury.protocol.update_failure import UpdateFailure
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.relay.queue import Queue
from fedjury.relay.records import RoundKey
from fedjury.store import ContentStore
from fedjury.task.batches import read_batch
from fedjury.task.on_chain import TaskOnChain

LONGEST_FETCH = 5.0  # seconds for one file
LONGEST_LOOK = 10.0  # seconds for all files of one look
RETRY_SECONDS = 20.0


class Standing:
    """Looks at the submissions of a round, and into the batches of other relayers.

    What cannot be read stands for nobody: a batch that is withheld costs the seconds of a try.

    Args:
        task: whose rounds they are.
        address: of the relay's account.
        store: that has the batches' files.
        queue: knows which clients wait, and which batches are the relay's own.
        clock: seconds that only ever grow.
    """

    def __init__(
        self,
        task: TaskOnChain,
        address: str,
        store: ContentStore,
        queue: Queue,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._task, self._address = task, address
        self._store, self._queue, self._clock = store, queue, clock
        self._key: RoundKey | None = None
        self._seen = b""
        self._end = 0.0
        self._alone: set[str] = set()
        self._batches: list[BatchSubmitted] = []
        self._files: dict[Digest, BatchFile | None] = {}
        self._retry: dict[Digest, float] = {}
        self._signed: dict[tuple[Digest, str], bool] = {}
        self._state: tuple[bytes, int, int] | None = None
        self._found: set[str] = set()

    def look(self, key: RoundKey, updates_hash: bytes, block: int, seconds: float) -> None:
        """Look at a round's submissions, where there are new ones.

        Args:
            key: the round.
            updates_hash: the contract's running hash; another one says that something is new.
            block: number of the newest block.
            seconds: that files may take from now on, all together.

        Raises:
            ChainUnavailable: no usable answer.
        """
        if key != self._key:
            self._key, self._seen = key, b""
            self._files, self._retry, self._signed = {}, {}, {}
            self._state = None
        if updates_hash != self._seen:
            kinds = [UpdateSubmitted, BatchSubmitted]
            found = self._task.read_events(block, kinds, round=key.round)
            self._alone = {each.client for each in found if isinstance(each, UpdateSubmitted)}
            self._batches = [each for each in found if isinstance(each, BatchSubmitted)]
            self._seen = updates_hash
        self._end = self._clock() + min(seconds, LONGEST_LOOK)

    def of(self, clients: Collection[str]) -> set[str]:
        """Those of some clients who stand in the round that was looked at.

        Args:
            clients: members of the round's roster.
        """
        found = self._alone.intersection(clients)
        if self._key is not None and clients:
            own = {each.digest for each in self._queue.batches.of(self._key)}
            domain = UpdateDomain(
                self._task.chain.chain_id,
                self._task.contract.address,
                self._key.round,
                self._key.parent_model,
            )
            for batch in self._batches:
                is_own = batch.relayer == self._address and batch.digest in own
                file = None if is_own else self._file(batch)
                if file is not None:
                    found |= {each for each in clients if self._stands(each, batch, file, domain)}
        return found

    def waiting(self) -> set[str]:
        """Those who wait in the queue, and stand in the round that was looked at all the same."""
        if self._key is None or not (self._alone or self._batches):
            return set()
        state = self._seen, self._queue.waiting(self._key), len(self._files)
        if state != self._state or self._retry:
            self._found = self.of(self._queue.waiting_clients(self._key))
            self._state = self._seen, state[1], len(self._files)
        return self._found

    def _file(self, batch: BatchSubmitted) -> BatchFile | None:
        digest = batch.digest
        if digest not in self._files and self._may_try(digest):
            try:
                data = self._store.fetch(digest, batch_bytes(batch.count), self._seconds)
            except (ContentError, StoreUnavailable):
                self._retry[digest] = self._clock() + RETRY_SECONDS
                return None
            self._retry.pop(digest, None)
            file = read_batch(batch, data)
            self._files[digest] = None if isinstance(file, UpdateFailure) else file
        return self._files.get(digest)

    def _may_try(self, digest: Digest) -> bool:
        return self._seconds > 0 and self._clock() >= self._retry.get(digest, 0.0)

    @property
    def _seconds(self) -> float:
        return min(LONGEST_FETCH, self._end - self._clock())

    def _stands(
        self, client: str, batch: BatchSubmitted, file: BatchFile, domain: UpdateDomain
    ) -> bool:
        place = file.place_of(client)
        if place is None:
            return False
        pair = batch.digest, client
        if pair not in self._signed:
            self._signed[pair] = domain.is_signed(file.entry(place))
        return self._signed[pair]
