"""One client: waits for a round, trains, submits, publishes, reports its verdict."""

from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.types import Phase, RoundState
from fedjury.chain.rpc.block import BlockTag
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.chain.transactions.unconfirmed import Unconfirmed
from fedjury.clients.events import NotSubmitted, UpdateSubmitted
from fedjury.clients.journal import Journal
from fedjury.clients.local_update import UpdateSource
from fedjury.clients.making import UpdateMaker
from fedjury.clients.publishing import Publisher
from fedjury.clients.verdicts import VerdictReporter
from fedjury.clients.waiting import ClientWaits
from fedjury.errors import TransactionReverted
from fedjury.protocol.digest import Digest
from fedjury.runtime.events import Listener, OnChange, TaskFinished, Waiting
from fedjury.runtime.loop import Step
from fedjury.task.membership import require_client
from fedjury.task.opened import OpenedTask

# Reverts that only say that the world moved on; the next cycle reads what it is now.
_OVERTAKEN = {"RoundClosed", "WrongRound", "AlreadySubmitted", "TaskFinished", "EnforcedPause"}


class Client:
    """Takes part in every round of a task.

    The digest goes on chain first and the file is published once that has its confirmations, so
    that nobody can publish the same weights earlier under another name (docs/protocol/files.md).

    Args:
        task: opened.
        account: the registered client's.
        sender: sends the client's transactions.
        trainer: does the local training.
        journal: the client's own files.
        listener: is told what happens.
        confirmations: blocks on top of the one that is read, or a block tag (``safe``,
            ``finalized``).
    """

    def __init__(
        self,
        task: OpenedTask,
        account: LocalAccount,
        sender: TransactionSender,
        trainer: UpdateSource,
        journal: Journal,
        listener: Listener,
        confirmations: int | BlockTag = 0,
    ) -> None:
        self._task, self._address, self._sender = task, account.address, sender
        self._listener, self._confirmations = listener, confirmations
        self._maker = UpdateMaker(task, self._address, trainer, journal, listener)
        self._publisher = Publisher(task, self._address, journal, listener)
        self._verdicts = VerdictReporter(task, self._address, journal, listener)
        self._unconfirmed = Unconfirmed(task.chain, confirmations)
        self._waits = ClientWaits(task, self._address, confirmations, self._unconfirmed)
        self._say = OnChange(listener)

    def cycle(self) -> Step:
        """Do the one next thing.

        Raises:
            TransientError: chain or store do not work now.
            ConfigError: this account is not, or no longer, a client of the task.
            TrainingError: model or trainer do not work here, as far as one can tell at the start.
        """
        stamp = self._task.chain.block(self._confirmations)
        seen = self._task.contract.overview(self._address, at=stamp)
        me, state = seen.client, seen.round
        if me.index == 0:
            return self._await_registration(state.number)
        self._publisher.publish_if_needed(me.last_round, stamp)
        self._verdicts.report(before=state.number, last_round=me.last_round, at=stamp)
        if seen.phase is Phase.FINISHED:
            self._listener(TaskFinished())
            return Step.FINISHED
        if reason := self._waits.why(seen, stamp):
            self._say(Waiting(round=state.number, reason=reason))
            return Step.WAITING
        return self._take_part(state)

    def _await_registration(self, round_number: int) -> Step:
        """Who is registered by the newest block waits until that is confirmed."""
        require_client(self._task, self._address)
        reason = f"registered; waiting for {self._unconfirmed.words()}"
        self._say(Waiting(round=round_number, reason=reason))
        return Step.WAITING

    def _take_part(self, state: RoundState) -> Step:
        data = self._maker.make(state)
        if data is None:  # which has been told
            return Step.WAITING
        digest = Digest.of(data)
        call = self._task.contract.submit_update(state.number, digest)
        try:
            receipt = self._sender.send(call)
        except TransactionReverted as reverted:
            if reverted.error not in _OVERTAKEN:
                raise
            self._listener(
                NotSubmitted(round=state.number, error=reverted.error, reason=str(reverted))
            )
            return Step.WAITING
        self._unconfirmed.remember(state.number, receipt)
        self._publisher.submitted(state.number, digest)
        self._listener(
            UpdateSubmitted(
                round=state.number,
                cid=digest.cid,
                gas=receipt.gas_used,
                transaction="0x" + receipt.transaction_hash.hex(),
            )
        )
        if self._confirmations == 0:
            self._publisher.publish(state.number, data)
        return Step.PROGRESS
