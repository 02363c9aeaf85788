"""Submitting a report: what a juror does once enough jurors have signed."""

from fedjury.chain.contracts.federated_task import FederatedTask
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.chain.transactions.unconfirmed import Unconfirmed
from fedjury.errors import RevertedUnexplained, TransactionReverted
from fedjury.oracle.events import Overtaken, RoundFinalized
from fedjury.oracle.waking import Waker
from fedjury.protocol.report import Certificate
from fedjury.runtime.events import Listener, OnChange, Waiting
from fedjury.runtime.loop import Step

# Reverts that only say that the world moved on; the next cycle reads what it is now. After a
# reorganization a round may have other updates, and may have opened with another jury.
_OVERTAKEN = {
    "TaskFinished",
    "WrongJuryVersion",
    "WrongRound",
    "WrongUpdatesHash",
}


class Submitter:
    """Sends reports to a task's contract.

    Args:
        contract: the task's.
        sender: pays for the transactions.
        waker: has a chain without traffic make blocks.
        unconfirmed: remembers what was mined.
        listener: is told what comes of it.
    """

    def __init__(
        self,
        contract: FederatedTask,
        sender: TransactionSender,
        waker: Waker,
        unconfirmed: Unconfirmed,
        listener: Listener,
    ) -> None:
        self._contract, self._sender = contract, sender
        self._waker, self._unconfirmed = waker, unconfirmed
        self._listener = listener
        self._say = OnChange(listener)

    def submit(self, certificate: Certificate) -> Step:
        """Send a report with its signatures.

        Raises:
            TransientError: it cannot be sent now.
            TransactionReverted: the contract refuses it for good.
        """
        report = certificate.report
        call = self._contract.finalize_round(report, certificate.verdicts, certificate.signatures)
        try:
            receipt = self._sender.send(call)
        except TransactionReverted as reverted:
            return self._refused(report.round, reverted)
        self._unconfirmed.remember(report.round, receipt)
        self._listener(
            RoundFinalized(
                round=report.round,
                block=receipt.block_number,
                gas=receipt.gas_used,
                transaction="0x" + receipt.transaction_hash.hex(),
            )
        )
        return Step.PROGRESS

    def _refused(self, round_number: int, reverted: TransactionReverted) -> Step:
        if reverted.error == "RoundNotClosed":
            return self._await_block(round_number)
        is_unclear = isinstance(reverted, RevertedUnexplained)  # the next cycle looks
        if not is_unclear and reverted.error not in _OVERTAKEN:
            raise reverted
        self._listener(Overtaken(round=round_number, error=reverted.error, reason=str(reverted)))
        return Step.WAITING

    def _await_block(self, round_number: int) -> Step:
        """Our clock is past the deadline, the newest block's is not.

        A development chain that mines nothing but transactions would stay so for ever.
        """
        if self._waker.wake(round_number):
            return Step.PROGRESS
        reason = "over by this machine's clock, not yet by the newest block's"
        self._say(Waiting(round=round_number, reason=reason))
        return Step.WAITING
