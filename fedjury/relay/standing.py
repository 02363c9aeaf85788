"""Which clients stand in a round on chain already, so that a batch need not have them again."""

import time
from collections.abc import Callable, Collection, Iterable

from fedjury.chain.contracts.events import (
    BatchSubmitted,
    ChainEvent,
    RoundOpened,
    UpdateSubmitted,
)
from fedjury.errors import ContentError, StoreUnavailable
from fedjury.protocol.batch_file import BatchFile, batch_bytes
from fedjury.protocol.digest import Digest
from fedjury.protocol.update_failure import UpdateFailure
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.relay.queue import Queue
from fedjury.relay.records import RoundKey
from fedjury.relay.shelf import Shelf, try_seconds
from fedjury.task.batches import read_batch
from fedjury.task.on_chain import TaskOnChain

LONGEST_FETCH = 5.0  # seconds for one file
LONGEST_LOOK = 10.0  # seconds for all files of one look
RETRY_SECONDS = 20.0

_BatchKey = tuple[Digest, int]  # digest and count


class Standing:
    """Looks at the submissions of a round, and into the batches of other relayers.

    What cannot be read stands for nobody: a batch that is withheld costs the seconds of a try. Nor
    does one whose file the relay's own store has not taken: whoever posted it could withdraw it
    then, and with it those whom the relay left out.

    Args:
        task: whose rounds they are.
        address: of the relay's account.
        shelf: the store that has the batches' files, and keeps those that leave somebody out.
        queue: knows which clients wait, and which batches are the relay's own.
        clock: seconds that only ever grow.
    """

    def __init__(
        self,
        task: TaskOnChain,
        address: str,
        shelf: Shelf,
        queue: Queue,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._task, self._address = task, address
        self._shelf, self._queue, self._clock = shelf, queue, clock
        self._from_block = task.from_block
        self._key: RoundKey | None = None
        self._seen = b""
        self._end = 0.0
        self._alone: set[str] = set()
        self._batches: list[BatchSubmitted] = []
        self._files: dict[_BatchKey, BatchFile | None] = {}
        self._retry: dict[_BatchKey, float] = {}
        self._kept: set[Digest] = set()
        self._unkept: dict[Digest, float] = {}  # by digest when it is tried again
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
            if self._key is not None and key.round < self._key.round:
                self._from_block = self._task.from_block
            self._key, self._seen = key, b""
            self._files, self._retry, self._signed = {}, {}, {}
            self._kept, self._unkept = set(), {}
            self._state = None
        if updates_hash != self._seen:
            found = self._events(key.round, block)
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
            own = {(each.digest, each.count) for each in self._queue.batches.of(self._key)}
            domain = UpdateDomain(
                self._task.chain.chain_id,
                self._task.contract.address,
                self._key.round,
                self._key.parent_model,
            )
            for batch in self._batches:
                is_own = batch.relayer == self._address and _key(batch) in own
                file = None if is_own else self._file(batch)
                if file is not None:
                    more = {each for each in clients if self._stands(each, batch, file, domain)}
                    if not more <= found and self._keeps(batch.digest, file):
                        found |= more
        return found

    def waiting(self) -> set[str]:
        """Those who wait in the queue, and stand in the round that was looked at all the same."""
        if self._key is None or not (self._alone or self._batches):
            return set()
        state = self._seen, self._queue.waiting(self._key), len(self._files)
        if state != self._state or self._retry or self._unkept:
            self._found = self.of(self._queue.waiting_clients(self._key))
            self._state = self._seen, state[1], len(self._files)
        return self._found

    def _events(self, number: int, block: int) -> list[ChainEvent]:
        """A round's opening and submissions; later looks begin at the opening."""
        kinds, first = [RoundOpened, UpdateSubmitted, BatchSubmitted], self._task.from_block
        found = self._task.read_events(block, kinds, from_block=self._from_block, round=number)
        opened = _opened_in(found)
        if opened is None and self._from_block > first:  # a reorganization moved the opening
            found = self._task.read_events(block, kinds, from_block=first, round=number)
            opened = _opened_in(found)
        self._from_block = first if opened is None else opened
        return found

    def _file(self, batch: BatchSubmitted) -> BatchFile | None:
        key = _key(batch)
        if key not in self._files and self._may_try(key):
            seconds = min(LONGEST_FETCH, self._seconds)
            try:
                data = self._shelf.store.fetch(batch.digest, batch_bytes(batch.count), seconds)
            except (ContentError, StoreUnavailable):
                self._retry[key] = self._clock() + RETRY_SECONDS
                return None
            self._retry.pop(key, None)
            file = read_batch(batch, data)
            self._files[key] = None if isinstance(file, UpdateFailure) else file
        return self._files.get(key)

    def _keeps(self, digest: Digest, file: BatchFile) -> bool:
        """Whether the relay's own store has another relayer's file, which is tried if need be."""
        if digest in self._kept:
            return True
        seconds, now = min(try_seconds(len(file.content)), self._seconds), self._clock()
        if seconds <= 0 or now < self._unkept.get(digest, 0.0):
            self._unkept.setdefault(digest, now)
            return False
        if not self._shelf.add(file.content, seconds):
            self._unkept[digest] = self._clock() + RETRY_SECONDS  # own files have their turn
            return False
        self._kept.add(digest)
        self._unkept.pop(digest, None)
        return True

    def _may_try(self, key: _BatchKey) -> bool:
        return self._seconds > 0 and self._clock() >= self._retry.get(key, 0.0)

    @property
    def _seconds(self) -> float:
        return self._end - self._clock()

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


def _key(batch: BatchSubmitted) -> _BatchKey:
    """What tells whether a batch's file is one: the same bytes may be announced as more than they
    hold."""
    return batch.digest, batch.count


def _opened_in(events: Iterable[ChainEvent]) -> int | None:
    """Number of the block in which a round was opened."""
    return next((each.block_number for each in events if isinstance(each, RoundOpened)), None)
