"""Taking part through relays: handing the signed update over, and seeing that a batch holds it.

The chain and the batch files alone say whether the update is in; a receipt is evidence, no more.
Where the time for batches is over without one that holds it, or no relay takes it, the client
submits alone, as without relays.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.types import Overview, Phase, RoundState
from fedjury.chain.rpc.block import BlockStamp, BlockTag
from fedjury.clients.batch_watch import BatchWatch
from fedjury.clients.journal import Journal
from fedjury.clients.making import UpdateMaker
from fedjury.clients.own_entries import OwnEntry
from fedjury.clients.relay_notes import HandedUpdate
from fedjury.clients.relays import Relays
from fedjury.clients.standing import Standing
from fedjury.protocol.digest import Digest
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.task.opened import OpenedTask
from fedjury.task.timing import batches_until

MARGIN_SECONDS = 30
"""Before the end of the time for batches, in which nothing is handed over any more."""
_MARGIN_SHARE = 10  # of the time for batches, where that is less


class Way(Enum):
    """How a client goes on in a round."""

    HAND_OVER = auto()
    WAIT = auto()
    ALONE = auto()


@dataclass(frozen=True)
class Plan:
    """How a client goes on.

    Attributes:
        way: which.
        reason: why it waits, why it has to submit alone, or why one more relay gets what one gave a
            receipt for; "" where something else says so.
        seconds: that are left for handing over.
    """

    way: Way
    reason: str = ""
    seconds: float = 0.0


class Relaying:
    """What a client does of a round through relays.

    Args:
        task: opened.
        account: the client's.
        maker: makes the updates.
        watch: looks for them in batches.
        journal: the client's own files.
        relays: that it was told of; there may be none.
        standing: says when a relay's receipt is not enough.
        confirmations: with which the chain is read.
        now: this machine's clock, Unix seconds.
    """

    def __init__(
        self,
        task: OpenedTask,
        account: LocalAccount,
        maker: UpdateMaker,
        watch: BatchWatch,
        journal: Journal,
        relays: Relays,
        standing: Standing,
        confirmations: int | BlockTag,
        now: Callable[[], float],
    ) -> None:
        self._task, self._account, self._maker = task, account, maker
        self._watch, self._journal = watch, journal
        self._relays, self._standing = relays, standing
        self._confirmations, self._now = confirmations, now

    def is_on(self, state: RoundState) -> bool:
        """Whether relays have a part in this round: there are some, or one had the update."""
        return bool(self._relays) or self._note(state) is not None

    def look(self, seen: Overview, stamp: BlockStamp) -> OwnEntry | None:
        """Publish what a batch holds, as confirmed; also of the last round before this one.

        Args:
            seen: what the contract holds at the block that is read.
            stamp: that block.

        Returns:
            The client's entry in this round's batches; None for none.

        Raises:
            ChainUnavailable, StoreUnavailable: it cannot be done now.
        """
        state = seen.round
        self._watch.look_back(state.number, stamp)
        if seen.phase is Phase.FINISHED or not self.is_on(state):
            return None
        return self._watch.look(state, stamp)

    def plan(self, seen: Overview, stamp: BlockStamp, entry: OwnEntry | None) -> Plan:
        """How to go on in a round that is not finished.

        Args:
            seen: what the contract holds at the block that is read.
            stamp: that block.
            entry: the client's, as confirmed.

        Raises:
            ChainUnavailable: no usable answer.
        """
        state = seen.round
        if seen.last_round == state.number:
            return Plan(Way.ALONE)
        if entry is not None:
            return Plan(Way.WAIT, "in a batch; waiting for the others and the jury")
        newest, head = seen, stamp
        if self._confirmations != 0:
            head = self._task.chain.block()
            newest = self._task.contract.overview(self._account.address, at=head)
        if newest.last_round == state.number or newest.round.number != state.number:
            return Plan(Way.ALONE)
        if newest.round.model_digest != state.model_digest:
            return Plan(Way.WAIT, "begins with another model by now; waiting for confirmations")
        mined = newest is not seen and self._watch.find(newest.round, head) is not None
        return self._plan_at(newest, max(head.timestamp, self._now()), is_mined=mined)

    def _plan_at(self, newest: Overview, now: float, *, is_mined: bool) -> Plan:
        """How to go on by the newest block.

        Args:
            newest: what the contract holds there.
            now: the time, Unix seconds.
            is_mined: whether a batch there holds the update.
        """
        config, state = self._task.config, newest.round
        end, note = batches_until(config, state), self._note(state)
        if is_mined and (newest.phase is not Phase.OPEN or now < (end + state.deadline) / 2):
            return Plan(Way.WAIT, "in a batch; waiting for confirmations")
        if newest.phase is not Phase.OPEN:
            return Plan(Way.ALONE)
        if config.batch_seconds == 0:
            return Plan(Way.ALONE, "this task takes no batches")
        return self._plan_open(note, now, end, is_mined=is_mined)

    def _plan_open(
        self, note: HandedUpdate | None, now: float, end: int, *, is_mined: bool
    ) -> Plan:
        """How to go on in an open round of a task that takes batches, until this time."""
        batch_seconds = self._task.config.batch_seconds
        margin = min(MARGIN_SECONDS, batch_seconds / _MARGIN_SHARE)
        left = end - now if now < end - margin else 0.0
        if note is not None and note.receipts:
            if left and not is_mined and (why := self._why_another(note, now, end, margin)):
                return Plan(Way.HAND_OVER, why, left)
            return _with_receipts(note, is_over=now >= end, is_mined=is_mined)
        if self._relays and left:
            return Plan(Way.HAND_OVER, seconds=left)
        return Plan(Way.ALONE, "no relay has the update, and the time for batches is over")

    def _why_another(self, note: HandedUpdate, now: float, end: int, margin: float) -> str:
        """Why one more relay gets an update that is in no batch; "" for no reason, or no file."""
        why = self._standing.why_another(note, now, end, margin / 2)
        is_here = why and self._journal.find_update(note.round, note.digest) is not None
        return why if is_here else ""

    def hand_over(self, state: RoundState, plan: Plan) -> Plan:
        """Make the round's update, sign it, and hand it to the first relay that takes it.

        Where relays gave receipts for it, the same goes to one that gave none.

        Args:
            state: the round.
            plan: to hand over.

        Raises:
            TransientError: chain or store do not work now.
            TrainingError: see `UpdateMaker.make`.
        """
        is_made = self._journal.load_update(state.number, state.model_digest) is not None
        data = self._maker.make(state)
        if data is None:  # which has been told
            return Plan(Way.WAIT)
        if not is_made:  # time has passed: look at the chain again before it is handed over
            return Plan(Way.HAND_OVER)
        digest = Digest.of(data)
        note = self._note(state) or HandedUpdate(state.number, state.model_digest, digest)
        if note.digest != digest:
            return Plan(Way.ALONE, "another update was signed for this round, whose file is lost")
        self._journal.handed.save(note)  # before anybody sees the signature
        domain = UpdateDomain(
            self._task.chain.chain_id,
            self._task.contract.address,
            state.number,
            state.model_digest,
        )
        entry, reason = domain.sign(self._account, digest), plan.reason or None
        kept = self._relays.hand_over(domain, entry, plan.seconds, note, reason)
        if kept is not None:
            note = note.with_receipt(kept)
            self._journal.handed.save(note)
        return self._plan_after(note)

    def _plan_after(self, note: HandedUpdate) -> Plan:
        """How to go on once relays were asked to take an update."""
        if note.receipts:
            return _with_receipts(note, is_over=False, is_mined=False)
        if self._relays.have_refused(note.round, note.parent_model):
            return Plan(Way.ALONE, "every relay refuses the update")
        return Plan(Way.WAIT, "no relay has taken the update yet; asking again")

    def _note(self, state: RoundState) -> HandedUpdate | None:
        return self._journal.handed.find(state.number, state.model_digest)


def _with_receipts(note: HandedUpdate, *, is_over: bool, is_mined: bool) -> Plan:
    """How to go on with one relay's receipt, or several's.

    Args:
        note: of the update.
        is_over: whether the time for batches is over.
        is_mined: whether a batch holds the update that is not confirmed in time.
    """
    places = list(dict.fromkeys(kept.relay for kept in note.receipts))
    several = len(places) > 1
    relays = f"the relay{'s' if several else ''} at {' and '.join(places)}"
    if not is_over:
        awaited = "one of their batches" if several else "its batch"
        return Plan(Way.WAIT, f"handed to {relays}; waiting for {awaited}")
    holds = "no batch that is confirmed holds" if is_mined else "no batch holds"
    gave = "gave receipts" if several else "gave a receipt"
    return Plan(Way.ALONE, f"{holds} the update, for which {relays} {gave}")
