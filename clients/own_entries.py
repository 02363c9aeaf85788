"""Finding a client's own entries in a round's batches, whatever relayers do with their files."""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from fedjury.chain.contracts.events import BatchSubmitted, ChainEvent, RoundOpened
from fedjury.chain.rpc.logs import Care
from fedjury.checks.counts import counted
from fedjury.errors import (
    ChainUnavailable,
    ContentError,
    ContentTooLarge,
    LogsMissing,
    NotAFile,
    StoreUnavailable,
)
from fedjury.protocol.batch_file import BatchEntry, batch_bytes
from fedjury.protocol.digest import Digest
from fedjury.protocol.update_failure import UpdateFailure
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.store import time_for
from fedjury.task.batches import read_batch
from fedjury.task.completeness import read_closely
from fedjury.task.opened import OpenedTask

SECONDS = 5.0
"""For one look at a round's batch files: relayers that withhold theirs cost no more than that."""
_SHARE = 0.1  # of the time that rounds leave for lone submissions, where that is less
_FILE_SECONDS = 2.0  # for a small one of them
_Key = tuple[Digest, int]  # of a batch: digest and count


@dataclass(frozen=True)
class OwnEntry:
    """An entry with the client's signature for the round and the model that it begins with.

    Attributes:
        index: of the update in the round.
        digest: of its file.
        batch: that holds it.
    """

    index: int
    digest: Digest
    batch: BatchSubmitted


class OwnEntries:
    """Looks for a client's entries. A file is read once; one that cannot be had is asked for again.

    A file that is had now may be withdrawn again before the jury looks. So while a round goes on,
    one that holds an entry of the client's goes into the client's own store, and the entry counts
    only once it is there.

    Args:
        task: opened.
        address: the client's.
        clock: seconds that only ever grow.
    """

    def __init__(
        self, task: OpenedTask, address: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._task, self._address, self._clock = task, address, clock
        self._of: tuple[int, Digest, bool] | None = None  # round, its model, whether it goes on
        self._opened_in = task.from_block
        for_lone = task.config.round_seconds - task.config.batch_seconds
        self._seconds = min(SECONDS, _SHARE * for_lone)
        # the client's entry and its place; None for a batch without
        self._read: dict[_Key, tuple[int, BatchEntry] | None] = {}
        self._failed_at: dict[_Key, float] = {}

    def find(
        self, round_number: int, batched: int | None, to_block: int, first_of: Collection[str] = ()
    ) -> list[OwnEntry]:
        """The client's entries in a round's batches, in the contract's order.

        A batch whose file cannot be had now, or is none, counts as one without; and while the round
        goes on one whose file the client's store refuses.

        Args:
            round_number: number of the round.
            batched: how many updates its batches announce, as the contract holds it; None for a
                round that is over, of which it holds that no more.
            to_block: last block to read.
            first_of: relayers whose batches are looked at before others'.

        Raises:
            ChainUnavailable: no usable answer, or the node leaves batches out.
        """
        if batched == 0:
            return []
        events = self._events(round_number, batched, to_block)
        opened = next((each for each in events if isinstance(each, RoundOpened)), None)
        if opened is None:
            raise ChainUnavailable(f"the node does not tell of the opening of round {round_number}")
        of = round_number, opened.model_digest, batched is not None
        if of != self._of:
            self._of, self._read, self._failed_at = of, {}, {}
        self._opened_in = opened.block_number
        batches = [each for each in events if isinstance(each, BatchSubmitted)]
        chain_id, address = self._task.chain.chain_id, self._task.contract.address
        domain = UpdateDomain(chain_id, address, round_number, opened.model_digest)
        self._read_files(batches, domain, first_of, keep=batched is not None)
        return self._entries(batches)

    def _events(
        self, round_number: int, batched: int | None, to_block: int
    ) -> Sequence[ChainEvent]:
        """The round's opening and its batches."""

        def read(care: Care) -> list[ChainEvent]:
            is_known = self._of is not None and self._of[0] == round_number
            since = self._opened_in if is_known else self._task.from_block
            kinds = [RoundOpened, BatchSubmitted]
            found = self._task.read_events(
                to_block, kinds, from_block=since, round=round_number, care=care
            )
            if not any(isinstance(each, RoundOpened) for each in found):
                self._of = None  # a reorganization moved the opening
            return found

        def accept(events: list[ChainEvent], care: Care) -> None:
            told = sum(each.count for each in events if isinstance(each, BatchSubmitted))
            if batched is not None and told < batched:
                raise LogsMissing(
                    f"the node tells of {counted(told, 'update')} in batches of round "
                    f"{round_number}, the "
                    f"contract of {batched}"
                )

        return read_closely(self._task.chain, read, accept)

    def _read_files(
        self,
        batches: Sequence[BatchSubmitted],
        domain: UpdateDomain,
        first_of: Collection[str],
        *,
        keep: bool,
    ) -> None:
        """Read what was not read yet; of what could not be had the longest ago comes first."""
        by_trust = sorted(batches, key=lambda each: each.relayer not in first_of)
        missing: dict[_Key, BatchSubmitted] = {}
        for batch in by_trust:
            if _key(batch) not in self._read:
                missing.setdefault(_key(batch), batch)
        until = self._clock() + self._seconds
        for batch in sorted(missing.values(), key=lambda each: self._failed_at.get(_key(each), 0)):
            left = until - self._clock()
            if left <= 0:
                return
            try:
                self._read[_key(batch)] = self._read_file(batch, domain, left, keep=keep)
            except (ContentError, StoreUnavailable):
                self._failed_at[_key(batch)] = self._clock()

    def _read_file(
        self, batch: BatchSubmitted, domain: UpdateDomain, seconds: float, *, keep: bool
    ) -> tuple[int, BatchEntry] | None:
        """The client's signed entry in a batch and its place there; None for a batch without.

        Args:
            batch: of which one.
            domain: in which the client signs.
            seconds: to wait for the file.
            keep: whether to put a file with such an entry into the client's store.

        Raises:
            ContentError, StoreUnavailable: the file cannot be had now, or not be kept.
        """
        size = batch_bytes(batch.count)
        try:
            data = self._task.store.fetch(
                batch.digest, size, min(seconds, time_for(size, _FILE_SECONDS))
            )
        except (NotAFile, ContentTooLarge):
            return None
        file = read_batch(batch, data)
        if isinstance(file, UpdateFailure) or (place := file.place_of(self._address)) is None:
            return None
        entry = file.entry(place)
        if not domain.is_signed(entry):
            return None
        if keep:
            self._task.store.add(data)
        return place, entry

    def _entries(self, batches: Sequence[BatchSubmitted]) -> list[OwnEntry]:
        found: list[OwnEntry] = []
        for batch in batches:
            if (read := self._read.get(_key(batch))) is not None:
                place, entry = read
                found.append(OwnEntry(batch.index + place, entry.digest, batch))
        return found


def _key(batch: BatchSubmitted) -> _Key:
    return batch.digest, batch.count
