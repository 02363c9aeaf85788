"""One client: waits for a round, trains, submits, publishes, reports its verdict."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from eth_account.signers.local import LocalAccount

from clients.journal import Journal
from fedjury.chain.events import UpdateSubmitted, read_events
from fedjury.chain.transactions import TransactionSender
from fedjury.chain.types import BlockStamp, BlockTag, ClientState, Phase, RoundState
from fedjury.errors import ChainUnavailable, ConfigError, TransactionReverted
from fedjury.history import RoundRecord, read_round
from fedjury.loop import Step
from fedjury.notify import Notify
from fedjury.store import cid_of, digest_of
from fedjury.task import OpenedTask
from fedjury.tensors import Tensors
from fedjury.updates import UpdateRejected, encode_update, read_update

# (round number, global weights) to locally trained weights
Trainer = Callable[[int, Tensors], Tensors]

# Reverts that only say that the world moved on; the next cycle reads what it is now.
_OVERTAKEN = {"RoundClosed", "WrongRound", "AlreadySubmitted", "TaskFinished", "EnforcedPause"}


@dataclass(frozen=True)
class AgentSettings:
    """How a client works.

    Attributes:
        from_block: the task's creation; events are read from here.
        confirmations: blocks on top of the one that is read, or the tag ``finalized``.
    """

    from_block: int
    confirmations: int | BlockTag = 0


class ClientAgent:
    """Takes part in every round of a task.

    The digest goes on chain first and the file is published once that is mined, so that nobody
    can publish the same weights earlier under another name (docs/protocol.md, "Files").

    Args:
        task: opened.
        account: the registered client.
        sender: sends its transactions.
        trainer: local training.
        journal: the client's own files.
        notify: is told what happens.
    """

    def __init__(
        self,
        task: OpenedTask,
        account: LocalAccount,
        sender: TransactionSender,
        trainer: Trainer,
        journal: Journal,
        settings: AgentSettings,
        notify: Notify,
    ) -> None:
        self._task, self._address, self._sender = task, account.address, sender
        self._trainer, self._journal = trainer, journal
        self._settings, self._notify = settings, notify
        self._events_from = settings.from_block
        self._published = 0
        self._said = ""

    def cycle(self) -> Step:
        """Do the one next thing.

        Raises:
            PassingError: chain or store do not work now.
            ConfigError: this account is not, or no longer, a client of the task.
        """
        stamp = self._task.chain.block(self._settings.confirmations)
        contract = self._task.contract
        me = contract.client_of(self._address, at=stamp)
        if me.index == 0:
            raise ConfigError(
                f"{self._address} is not a registered client of {self._task.name}: "
                "ask the coordinator"
            )
        state = contract.current_round(at=stamp)
        self._publish_if_needed(me)
        self._report_verdicts(state, stamp)
        if contract.phase(at=stamp) is Phase.FINISHED:
            self._notify("task-finished", "the task's last round is over")
            return Step.FINISHED
        if waiting := self._why_wait(state, me, stamp):
            self._say_once(state, waiting)
            return Step.WAITING
        return self._take_part(state)

    def _why_wait(self, state: RoundState, me: ClientState, stamp: BlockStamp) -> str:
        if not me.active:
            raise ConfigError(f"{self._address} was removed from {self._task.name}")
        if self._task.contract.paused(at=stamp):
            return "the task is paused"
        if me.last_round == state.number:
            return "submitted; waiting for the others and the jury"
        if self._task.contract.phase(at=stamp) is Phase.CLOSED:
            return "closed without this client; waiting for the next"
        return ""

    def _take_part(self, state: RoundState) -> Step:
        data = self._update_file(state)
        digest = digest_of(data)
        call = self._task.contract.submit_update(state.number, digest)
        try:
            receipt = self._sender.send(call)
        except TransactionReverted as reverted:
            if reverted.error not in _OVERTAKEN:
                raise
            self._notify(
                "not-submitted",
                f"round {state.number}: not submitted ({reverted})",
                round=state.number,
                error=reverted.error,
            )
            return Step.WAITING
        self._notify(
            "submitted",
            f"round {state.number}: submitted {cid_of(digest)}, {receipt.gas_used} gas",
            round=state.number,
            cid=cid_of(digest),
            gas=receipt.gas_used,
            transaction="0x" + receipt.transaction_hash.hex(),
        )
        self._publish(state.number, data)
        return Step.PROGRESS

    def _update_file(self, state: RoundState) -> bytes:
        """This round's update: the one on disk from before a restart, or a new one."""
        kept = self._journal.load_update(state.number)
        if kept is not None and self._is_mine(kept, state.number):
            return kept
        weights = self._task.fetch_model(state.model_digest)
        started = time.monotonic()
        trained = self._trainer(state.number, weights)
        self._notify(
            "trained",
            f"round {state.number}: trained in {time.monotonic() - started:.1f} s",
            round=state.number,
            seconds=round(time.monotonic() - started, 3),
        )
        data = encode_update(trained, self._task.tag(state.number, self._address))
        self._journal.forget_updates(before=state.number)
        self._journal.save_update(state.number, data)
        return data

    def _is_mine(self, data: bytes, round_number: int) -> bool:
        tag = self._task.tag(round_number, self._address)
        try:
            read_update(data, tag, self._task.shapes, self._task.spec.update.max_magnitude)
        except UpdateRejected:
            return False
        return True

    def _publish_if_needed(self, me: ClientState) -> None:
        """After a restart: what was submitted may not have been published yet."""
        if me.last_round <= self._published:
            return
        data = self._journal.load_update(me.last_round)
        if data is not None and digest_of(data) == self._submitted_digest(me.last_round):
            self._publish(me.last_round, data)
            return
        self._published = me.last_round
        self._notify(
            "file-lost",
            f"round {me.last_round}: submitted before, but its file is not here; if it was "
            "not published then, the jury will find it unavailable",
            round=me.last_round,
        )

    def _submitted_digest(self, round_number: int) -> bytes:
        latest = self._task.chain.block()
        events = read_events(
            self._task.contract,
            self._events_from,
            latest.number,
            [UpdateSubmitted],
            round=round_number,
            client=self._address,
        )
        digests = [event.digest for event in events if isinstance(event, UpdateSubmitted)]
        if not digests:
            raise ChainUnavailable(f"the node does not tell of the update in round {round_number}")
        return digests[0]

    def _publish(self, round_number: int, data: bytes) -> None:
        digest = self._task.store.add(data)
        self._published = round_number
        self._notify(
            "published",
            f"round {round_number}: published {len(data):,} bytes as {cid_of(digest)}",
            round=round_number,
            cid=cid_of(digest),
            bytes=len(data),
        )

    def _report_verdicts(self, state: RoundState, stamp: BlockStamp) -> None:
        if self._journal.reported >= state.number - 1:
            return
        for number in range(self._journal.reported + 1, state.number):
            record = self._read_round(number, stamp)
            self._report(record)
            self._journal.reported = number

    def _read_round(self, number: int, stamp: BlockStamp) -> RoundRecord:
        contract = self._task.contract
        try:
            record = read_round(contract, number, self._events_from, stamp.number)
        except ChainUnavailable:
            self._events_from = self._settings.from_block  # a reorganization may have moved it
            raise
        # The next round opens in the block that ends this one: nothing before it is needed again.
        if end := record.finalized or record.voided:
            self._events_from = end.block_number
        return record

    def _report(self, record: RoundRecord) -> None:
        if record.voided:
            self._notify("voided", f"round {record.number}: voided", round=record.number)
            return
        try:
            judged = list(record.judged())
        except ValueError as error:
            self._notify(
                "verdict-unreadable",
                f"round {record.number}: the jury's verdicts make no sense ({error})",
                round=record.number,
            )
            return
        for update, verdict in judged:
            if update.client == self._address and record.finalized:
                self._notify(
                    "verdict",
                    f"round {record.number}: {verdict.code.label} ({verdict.correct} right with "
                    f"it, {record.finalized.baseline_correct} without)",
                    round=record.number,
                    code=verdict.code.label,
                    correct=verdict.correct,
                    baseline_correct=record.finalized.baseline_correct,
                )

    def _say_once(self, state: RoundState, message: str) -> None:
        said = f"round {state.number}: {message}"
        if said != self._said:
            self._notify("waiting", said, round=state.number)
            self._said = said
