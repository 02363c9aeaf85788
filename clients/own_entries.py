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
_NONE = b""  # no file of a batch is empty


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

    Args:
        task: opened.
        address: the client's.
        clock: seconds that only ever grow.
    """

    def __init__(
        self, task: OpenedTask, address: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._task, self._address, self._clock = task, address, clock
        self._round = 0
        self._opened_in = task.from_block
        for_lone = task.config.round_seconds - task.config.batch_seconds
        self._seconds = min(SECONDS, _SHARE * for_lone)
        # by digest and count of a batch the client's entry and its place; None where it has none
        self._read: dict[tuple[Digest, int], tuple[int, BatchEntry] | None] = {}
        self._failed_at: dict[tuple[Digest, int], float] = {}

    def find(
        self, round_number: int, batched: int | None, to_block: int, first_of: Collection[str] = ()
    ) -> list[OwnEntry]:
        """The client's entries in a round's batches, in the contract's order.

        A batch whose file cannot be had now, or is none, counts as one without.

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
        if round_number != self._round:
            self._round, self._read, self._failed_at = round_number, {}, {}
        self._opened_in = opened.block_number
        batches = [each for each in events if isinstance(each, BatchSubmitted)]
        if not batches:
            return []
        self._read_files(batches, first_of)
        return self._entries(batches, opened.model_digest)

    def _events(
        self, round_number: int, batched: int | None, to_block: int
    ) -> Sequence[ChainEvent]:
        """The round's opening and its batches."""

        def read(care: Care) -> list[ChainEvent]:
            since = self._opened_in if round_number == self._round else self._task.from_block
            kinds = [RoundOpened, BatchSubmitted]
            found = self._task.read_events(
                to_block, kinds, from_block=since, round=round_number, care=care
            )
            if not any(isinstance(each, RoundOpened) for each in found):
                self._round = 0  # a reorganization moved the opening
            return found

        def accept(events: list[ChainEvent], care: Care) -> None:
            told = sum(each.count for each in events if isinstance(each, BatchSubmitted))
            if batched is not None and told < batched:
                raise LogsMissing(
                    f"the node tells of {counted(told, 'update')} in batches of round "
                    f"{round_number}, the "
                    f"contract of {batched}"
                )

        return read_closely(read, accept)

    def _read_files(self, batches: Sequence[BatchSubmitted], first_of: Collection[str]) -> None:
        """Read what was not read yet; of what could not be had the longest ago comes first."""
        missing = [each for each in batches if _key(each) not in self._read]
        missing.sort(
            key=lambda each: (self._failed_at.get(_key(each), 0.0), each.relayer not in first_of)
        )
        until = self._clock() + self._seconds
        for batch in missing:
            left = until - self._clock()
            if left <= 0:
                return
            self._read_file(batch, left)

    def _read_file(self, batch: BatchSubmitted, seconds: float) -> None:
        size, key = batch_bytes(batch.count), _key(batch)
        try:
            data = self._task.store.fetch(
                batch.digest, size, min(seconds, time_for(size, _FILE_SECONDS))
            )
        except (NotAFile, ContentTooLarge):
            data = _NONE
        except (ContentError, StoreUnavailable):
            self._failed_at[key] = self._clock()
            return
        file = read_batch(batch, data)
        if isinstance(file, UpdateFailure) or (place := file.place_of(self._address)) is None:
            self._read[key] = None
        else:
            self._read[key] = place, file.entry(place)

    def _entries(self, batches: Sequence[BatchSubmitted], parent_model: Digest) -> list[OwnEntry]:
        chain_id, address = self._task.chain.chain_id, self._task.contract.address
        domain = UpdateDomain(chain_id, address, batches[0].round, parent_model)
        found: list[OwnEntry] = []
        for batch in batches:
            read = self._read.get(_key(batch))
            if read is not None and domain.is_signed(read[1]):
                found.append(OwnEntry(batch.index + read[0], read[1].digest, batch))
        return found


def _key(batch: BatchSubmitted) -> tuple[Digest, int]:
    return batch.digest, batch.count
