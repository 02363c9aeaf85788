"""Reporting to a client what the jury said of its updates.

Of a round only two events are read, the client's own update and the round's end: what they cost
does not grow with the number of clients. The round's record is asked for only where it says more
than the verdict.
"""

from dataclasses import replace

from fedjury.chain.contracts.events import RoundFinalized, UpdateSubmitted
from fedjury.chain.contracts.events import RoundVoided as Voided
from fedjury.chain.rpc.block import BlockStamp
from fedjury.clients.events import RoundVoided, VerdictReceived, VerdictUnreadable
from fedjury.clients.journal import Journal
from fedjury.errors import ChainUnavailable
from fedjury.protocol.verdicts import VerdictCode, unpack
from fedjury.runtime.events import Listener
from fedjury.task.opened import OpenedTask
from fedjury.task.reason_words import reason_words
from fedjury.task.records import find_record
from fedjury.task.rule_words import why_despite_count

# Verdicts of files that were read and not evaluated: their records say what is wrong.
_EXPLAINED = (
    VerdictCode.MALFORMED,
    VerdictCode.NOT_FINITE,
    VerdictCode.NOT_THE_SENDERS,
    VerdictCode.DUPLICATE,
    VerdictCode.MODEL_RAISES,
)


class VerdictReporter:
    """Tells of each finished round once, across restarts.

    Args:
        task: opened.
        address: the client's.
        journal: remembers the last round that was reported.
        listener: is told.
    """

    def __init__(
        self, task: OpenedTask, address: str, journal: Journal, listener: Listener
    ) -> None:
        self._task, self._address = task, address
        self._journal, self._listener = journal, listener
        self._from_block = task.from_block

    def report(self, before: int, last_round: int, at: BlockStamp) -> None:
        """Tell of every round before this one that was not reported yet.

        Args:
            before: number of the current round.
            last_round: the round that the client submitted in last; 0 for none.
            at: the block that says both.

        Raises:
            ChainUnavailable: no usable answer.
        """
        for number in range(self._journal.reported + 1, before):
            self._report(number, last_round, at)
            self._journal.reported = number

    def _report(self, number: int, last_round: int, at: BlockStamp) -> None:
        end = self._read_end(number, at)
        index = None
        if isinstance(end, RoundFinalized) and number <= last_round:
            index = self._read_index(number, at)
            if index is None and number == last_round:
                raise self._missing(f"of this client's update in round {number}")
        self._tell(end, index)
        # The next round opens in the block that ends this one: nothing before it is needed again.
        self._from_block = end.block_number

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

    def _tell(self, end: RoundFinalized | Voided, index: int | None) -> None:
        if isinstance(end, Voided):
            self._listener(RoundVoided(round=end.round))
            return
        try:
            verdicts = unpack(end.verdicts)
            if index is not None and index >= len(verdicts):
                raise ValueError(f"{len(verdicts)} verdicts, but this update has number {index}")
        except ValueError as error:
            self._listener(VerdictUnreadable(round=end.round, reason=str(error)))
            return
        if index is not None:
            self._listener(self._verdict(end, index, verdicts[index]))

    def _verdict(self, end: RoundFinalized, index: int, code: VerdictCode) -> VerdictReceived:
        """A verdict, with what the round's record says of it."""
        told = VerdictReceived(round=end.round, code=code.label)
        spec = self._task.spec
        if not (spec.verification.counts_are_told if code.evaluated else code in _EXPLAINED):
            return told
        record = find_record(self._task.store, end)
        if record is None:
            return told
        entry = record.entries[index]
        words = reason_words(entry.reason, entry.arguments, spec.federated.names)
        if entry.correct is not None and record.baseline is not None:
            words = words or why_despite_count(
                spec.rule, entry.correct, record.baseline, accepted=code.accepted
            )
        return replace(told, reason=words or None, correct=entry.correct, baseline=record.baseline)
