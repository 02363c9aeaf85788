"""One client: waits for a round, trains, submits, publishes, reports its verdict."""

import time
from collections.abc import Callable, Sequence

from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.types import Overview, Phase, RoundState
from fedjury.chain.rpc.block import BlockStamp, BlockTag
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.chain.transactions.unconfirmed import Unconfirmed
from fedjury.clients.batch_watch import BatchWatch
from fedjury.clients.events import NotSubmitted, RosterWrong, UpdateSubmitted
from fedjury.clients.journal import Journal
from fedjury.clients.local_update import UpdateSource
from fedjury.clients.making import UpdateMaker
from fedjury.clients.own_entries import OwnEntries
from fedjury.clients.proving import Proof, RosterProofs
from fedjury.clients.publishing import Publisher
from fedjury.clients.relay_events import (
    CannotSubmitAlone,
    FallsBack,
)
from fedjury.clients.relaying import Plan, Relaying, Way
from fedjury.clients.relays import Relay, Relays
from fedjury.clients.standing import Standing
from fedjury.clients.verdicts import VerdictReporter
from fedjury.clients.waiting import ClientWaits
from fedjury.errors import InsufficientFunds, RevertedUnexplained, TransactionReverted
from fedjury.protocol.digest import Digest
from fedjury.runtime.events import Listener, OnChange, TaskFinished, Waiting
from fedjury.runtime.loop import Step
from fedjury.task.opened import OpenedTask
from fedjury.task.rosters import WrongRoster

# Reverts that only say that the world moved on; the next cycle reads what it is now.
_OVERTAKEN = {
    "RoundClosed",
    "RoundFull",
    "WrongRound",
    "AlreadySubmitted",
    "TaskFinished",
    "NotInRoster",  # a reorganization brought another one
}


class Client:
    """Takes part in every round of a task whose roster it is in.

    Whoever is taken off the roster still publishes what it submitted and reads its verdicts.

    The digest goes on chain first and the file is published once that has its confirmations, so
    that nobody can publish the same weights earlier under another name (docs/protocol/files.md).

    Args:
        task: opened.
        account: the client's.
        sender: sends the client's transactions.
        trainer: does the local training.
        journal: the client's own files.
        listener: is told what happens.
        confirmations: blocks on top of the one that is read, or a block tag (``safe``,
            ``finalized``).
        relays: that the updates are handed to, tried in order; without any the client submits all
            itself.
        hand_file: whether relays get the files, to publish them.
        now: this machine's clock, Unix seconds.
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
        *,
        relays: Sequence[Relay] = (),
        hand_file: bool = False,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._task, self._address, self._sender = task, account.address, sender
        self._listener, self._confirmations = listener, confirmations
        self._maker = UpdateMaker(task, self._address, trainer, journal, listener)
        self._publisher = Publisher(task, self._address, journal, listener)
        entries = OwnEntries(task, self._address)
        chosen = Relays(task, relays, listener)
        watch = BatchWatch(
            task, entries, self._publisher, journal, chosen, listener, hand_file=hand_file, now=now
        )
        self._relaying = Relaying(
            task,
            account,
            self._maker,
            watch,
            journal,
            chosen,
            Standing(task, chosen, listener),
            confirmations,
            now,
        )
        self._verdicts = VerdictReporter(task, self._address, journal, listener, entries)
        self._unconfirmed = Unconfirmed(task.chain, confirmations)
        self._proofs = RosterProofs(task, task.store, self._address)
        self._waits = ClientWaits(task, self._address, confirmations, self._unconfirmed)
        self._say, self._say_why = OnChange(listener), OnChange(listener)
        self._told_poor = 0

    def cycle(self) -> Step:
        """Do the one next thing.

        Raises:
            TransientError: chain or store do not work now.
            TrainingError: model or trainer do not work here, as far as one can tell at the start.
        """
        stamp = self._task.chain.block(self._confirmations)
        seen = self._task.contract.overview(self._address, at=stamp)
        state = seen.round
        self._publisher.publish_if_needed(seen, stamp)
        entry = self._relaying.look(seen, stamp)
        self._verdicts.report(before=state.number, last_round=seen.last_round, at=stamp)
        if seen.phase is Phase.FINISHED:
            self._listener(TaskFinished())
            return Step.FINISHED
        if not self._relaying.is_on(state):
            return self._go_alone(seen, stamp)
        plan = self._relaying.plan(seen, stamp, entry)
        if plan.way is Way.HAND_OVER:
            if self._prove(seen, stamp) is None:  # which has been told
                return Step.WAITING
            plan = self._relaying.hand_over(state, plan)
        return self._follow(plan, seen, stamp)

    def _follow(self, plan: Plan, seen: Overview, stamp: BlockStamp) -> Step:
        """Wait or submit alone, as is planned."""
        number = seen.round.number
        if plan.way is Way.HAND_OVER:
            return Step.PROGRESS
        if plan.way is Way.WAIT:
            if plan.reason:
                self._say(Waiting(round=number, reason=plan.reason))
            return Step.WAITING
        try:
            return self._go_alone(seen, stamp, plan.reason)
        except InsufficientFunds as error:
            if number != self._told_poor:  # the figures change with every block's fees
                self._listener(CannotSubmitAlone(round=number, reason=str(error)))
                self._told_poor = number
            return Step.WAITING

    def _go_alone(self, seen: Overview, stamp: BlockStamp, why: str = "") -> Step:
        """Submit alone, if that is due; `why` says for what reason, of a client with relays."""
        state = seen.round
        if reason := self._waits.why(seen, stamp):
            self._say(Waiting(round=state.number, reason=reason))
            return Step.WAITING
        proof = self._prove(seen, stamp)
        if proof is None:  # which has been told
            return Step.WAITING
        if why:
            self._say_why(FallsBack(round=state.number, reason=why))
        return self._take_part(state, proof)

    def _prove(self, seen: Overview, stamp: BlockStamp) -> Proof | None:
        """What the contract wants to see of the roster; None for who cannot submit now."""
        if seen.has_proved:
            return ()
        number = seen.round.number
        try:
            proof = self._proofs.find(seen.roster, stamp.number)
        except WrongRoster as error:
            self._say(RosterWrong(round=number, reason=str(error)))
            return None
        if proof is None:
            reason = f"not in the roster of round {number}"
            if self._is_in_next_roster():
                reason += "; in that of the next round"
            self._say(Waiting(round=number, reason=reason))
        return proof

    def _is_in_next_roster(self) -> bool:
        """Whether a roster that this client is in was set and counts from the next round on."""
        newest = self._task.chain.block()
        following = self._task.contract.next_roster(at=newest)
        if following is None:
            return False
        try:
            return self._proofs.find(following, newest.number) is not None
        except WrongRoster:
            return False

    def _take_part(self, state: RoundState, proof: Proof) -> Step:
        data = self._maker.make(state)
        if data is None:  # which has been told
            return Step.WAITING
        digest = Digest.of(data)
        call = self._task.contract.submit_update(state.number, digest, proof)
        try:
            receipt = self._sender.send(call)
        except TransactionReverted as reverted:
            is_unclear = isinstance(reverted, RevertedUnexplained)  # the next cycle looks
            if not is_unclear and reverted.error not in _OVERTAKEN:
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
