"""Reporting to a client what the jury said of its updates.

Of a round only two events are read, the client's own update and the round's end: what they cost
does not grow with the number of clients. Where an update was handed to a relay, the round's batches
are read as well. The round's record is asked for only where it says more than the verdict.
"""

from dataclasses import replace

from fedjury.chain.contracts.events import RoundFinalized, UpdateSubmitted
from fedjury.chain.contracts.events import RoundVoided as Voided
from fedjury.chain.rpc.block import BlockStamp
from fedjury.checks.counts import counted
from fedjury.clients.events import RoundVoided, VerdictReceived, VerdictUnreadable
from fedjury.clients.journal import Journal
from fedjury.clients.own_entries import OwnEntries
from fedjury.clients.relay_events import (
    NotInABatch,
)
from fedjury.errors import ChainUnavailable
from fedjury.protocol.round_record import RecordEntry
from fedjury.protocol.verdicts import VerdictCode, unpack
from fedjury.runtime.events import Listener
from fedjury.task.opened import OpenedTask
from fedjury.task.reason_words import reason_words
from fedjury.task.records import entry_at, find_record, record_slots
from fedjury.task.rule_words import why_despite_count

# Verdicts of files that were read and not evaluated: their records say what is wrong.
_EXPLAINED = (
    VerdictCode.MALFORMED,
    VerdictCode.NOT_FINITE,
    VerdictCode.NOT_THE_SENDERS,
    VerdictCode.DUPLICATE,
    VerdictCode.MODEL_RAISES,
    VerdictCode.SUPERSEDED,
)

# Verdicts of entries that are not the one by which a client takes part.
_OF_NONE = (VerdictCode.SUPERSEDED, VerdictCode.BAD_SIGNATURE)


class VerdictReporter:
    """Tells of each finished round once, across restarts.

    Args:
        task: opened.
        address: the client's.
        journal: remembers the last round that was reported, and what was handed to relays.
        listener: is told.
        entries: finds the client's updates in batches.
    """

    def __init__(
        self,
        task: OpenedTask,
        address: str,
        journal: Journal,
        listener: Listener,
        entries: OwnEntries,
    ) -> None:
        self._task, self._address = task, address
        self._journal, self._listener, self._entries = journal, listener, entries
        self._from_block = task.from_block

    def report(self, before: int, last_round: int, at: BlockStamp) -> None:
        """Tell of every round before this one that was not reported yet.

        Args:
            before: number of the current round.
            last_round: the round that the client submitted in last; 0 for none.
            at: the block that says both.

        Raises:
            ChainUnavailable: no usable answer.
            StoreUnavailable: the store is down, and where an update stands in a batch only batch
                files say.
        """
        for number in range(self._journal.reported + 1, before):
            self._report(number, last_round, at)
            self._journal.reported = number

    def _report(self, number: int, last_round: int, at: BlockStamp) -> None:
        end = self._read_end(number, at)
        if isinstance(end, Voided):
            self._listener(RoundVoided(round=end.round))
        else:
            self._tell(end, self._indexes(end, last_round, at))
        # The next round opens in the block that ends this one: nothing before it is needed again.
        self._from_block = end.block_number

    def _indexes(self, end: RoundFinalized, last_round: int, at: BlockStamp) -> list[int]:
        """Where the client's updates stand in a round: the one that it submitted itself, which is
        what counts, or else all in batches."""
        number = end.round
        if number <= last_round:
            index = self._read_index(number, at)
            if index is None and number == last_round:
                raise self._missing(f"of this client's update in round {number}")
            if index is not None:
                return [index]
        notes = self._journal.handed.of_round(number)
        if not notes:
            return []
        entries = self._entries.find(number, None, at.number)
        found = [entry.index for entry in entries] or self._recorded(end)
        if not found and any(note.receipts for note in notes):
            self._task.store.check()  # of one that is down nobody can say what it has
            self._listener(NotInABatch(round=number))
        return found

    def _recorded(self, end: RoundFinalized) -> list[int]:
        """The same by the round's record, where the batches' files are gone by now."""
        record = find_record(self._task.store, end)
        slots = [] if record is None else record_slots(record, len(end.verdicts))
        address = self._address.lower()
        return [
            index
            for index, slot in enumerate(slots)
            if isinstance(slot, RecordEntry) and slot.client == address
        ]

    def _read_end(self, number: int, at: BlockStamp) -> RoundFinalized | Voided:
        kinds = [RoundFinalized, Voided]
        events = self._task.read_events(at.number, kinds, from_block=self._from_block, round=number)
        for event in events:
            if isinstance(event, RoundFinalized | Voided):
                return event
        raise self._missing(f"how round {number} ended")

    def _missing(self, what: str) -> ChainUnavailable:
        """The error for what the node does not tell; next time all is read, as it may lie earlier.

        A reorganization may have moved the round.
        """
        self._from_block = self._task.from_block
        return ChainUnavailable(f"the node does not tell {what}")

    def _read_index(self, number: int, at: BlockStamp) -> int | None:
        """Where the client's update stands in a round; None if it did not take part."""
        events = self._task.read_events(
            at.number,
            [UpdateSubmitted],
            from_block=self._from_block,
            round=number,
            client=self._address,
        )
        return next((event.index for event in events if isinstance(event, UpdateSubmitted)), None)

    def _tell(self, end: RoundFinalized, indexes: list[int]) -> None:
        """The verdict on the update that counts, of several in batches the last that is not
        superseded: those before it stand in batches that the jury could not read."""
        try:
            verdicts = unpack(end.verdicts)
            if indexes and indexes[-1] >= len(verdicts):
                many = counted(len(verdicts), "verdict")
                raise ValueError(f"{many}, but this update has number {indexes[-1]}")
        except ValueError as error:
            self._listener(VerdictUnreadable(round=end.round, reason=str(error)))
            return
        if indexes:
            counts = [each for each in indexes if verdicts[each] not in _OF_NONE]
            index = (counts or indexes)[-1]
            self._listener(self._verdict(end, index, verdicts[index]))

    def _verdict(self, end: RoundFinalized, index: int, code: VerdictCode) -> VerdictReceived:
        """A verdict, with what the round's record says of it."""
        told = VerdictReceived(round=end.round, code=code.label)
        spec = self._task.spec
        if not (spec.verification.counts_are_told if code.evaluated else code in _EXPLAINED):
            return told
        record = find_record(self._task.store, end)
        entry = None if record is None else entry_at(record, index)
        if record is None or entry is None:
            return told
        words = reason_words(entry.reason, entry.arguments, spec.federated.names)
        if entry.correct is not None and record.baseline is not None:
            words = words or why_despite_count(
                spec.rule, entry.correct, record.baseline, accepted=code.accepted
            )
        return replace(told, reason=words or None, correct=entry.correct, baseline=record.baseline)
