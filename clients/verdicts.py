"""Reporting to a client what the jury said of its updates."""

from fedjury.chain.rpc.block import BlockStamp
from fedjury.clients.events import RoundVoided, VerdictReceived, VerdictUnreadable
from fedjury.clients.journal import Journal
from fedjury.errors import ChainUnavailable
from fedjury.runtime.events import Listener
from fedjury.task.history import RoundRecord
from fedjury.task.opened import OpenedTask


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

    def report(self, before: int, at: BlockStamp) -> None:
        """Tell of every round before this one that was not reported yet.

        Raises:
            ChainUnavailable: no usable answer.
        """
        for number in range(self._journal.reported + 1, before):
            self._tell(self._read_round(number, at))
            self._journal.reported = number

    def _read_round(self, number: int, at: BlockStamp) -> RoundRecord:
        try:
            record = self._task.read_round(number, at.number, from_block=self._from_block)
        except ChainUnavailable:
            self._from_block = self._task.from_block  # a reorganization may have moved the round
            raise
        # The next round opens in the block that ends this one: nothing before it is needed again.
        if end := record.finalized or record.voided:
            self._from_block = end.block_number
        return record

    def _tell(self, record: RoundRecord) -> None:
        if record.finalized is None:
            self._listener(RoundVoided(round=record.number))
            return
        try:
            judged = list(record.judged())
        except ValueError as error:
            self._listener(VerdictUnreadable(round=record.number, reason=str(error)))
            return
        for update, verdict in judged:
            if update.client == self._address:
                self._listener(
                    VerdictReceived(
                        round=record.number,
                        code=verdict.code.label,
                        correct=verdict.correct,
                        baseline_correct=record.finalized.baseline_correct,
                    )
                )
