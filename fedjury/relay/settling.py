"""Holding a relay's batches against the chain: which stand there, and which never will.

A batch is known by the digest of its file, which no other has. That one stands on chain shows its
event; that none does is believed only where the node tells all that the contract hashed.
"""

from collections.abc import Sequence

from fedjury.chain.contracts.events import BatchSubmitted, Submitted, UpdateSubmitted
from fedjury.chain.contracts.types import Overview, Phase
from fedjury.chain.rpc.block import BlockStamp
from fedjury.chain.rpc.logs import Care
from fedjury.chain.rpc.receipts import Receipt
from fedjury.protocol.updates_hash import opening_hash
from fedjury.relay.batch_book import BatchBook
from fedjury.relay.events import BatchDropped, BatchPosted, BatchUndone
from fedjury.relay.records import Batch, BatchState, RoundKey
from fedjury.relay.window import Window
from fedjury.runtime.events import Listener
from fedjury.task.completeness import read_closely, require_submissions
from fedjury.task.on_chain import TaskOnChain

REORGANIZED_BLOCKS = 256  # by so much a chain may be shorter after a reorganization


class Settler:
    """Settles the batches of one relay.

    Args:
        task: that they are of.
        address: the relay's.
        batches: on disk.
        window: has less room when a batch stands on chain.
        listener: is told what became of them.
    """

    def __init__(
        self,
        task: TaskOnChain,
        address: str,
        batches: BatchBook,
        window: Window,
        listener: Listener,
    ) -> None:
        self._task, self._address = task, address
        self._batches, self._window, self._listener = batches, window, listener
        self._hindrances: dict[int, str] = {}

    def settle(self, seen: Overview, stamp: BlockStamp, deep: BlockStamp) -> None:
        """Hold the batches that are not settled, and those of the round, against the chain.

        Args:
            seen: the task at `stamp`.
            stamp: the newest block.
            deep: the newest block that has the relay's confirmations.

        Raises:
            ChainUnavailable: no usable answer.
        """
        current = RoundKey(seen.round.number, seen.round.model_digest)
        concerned = {each.id: each for each in self._batches.unsettled()}
        concerned |= {each.id: each for each in self._batches.of(current)}
        sent = [each for each in concerned.values() if each.nonce is not None]
        for number in sorted({each.key.round for each in sent}):
            group = [each for each in sent if each.key.round == number]
            self._compare(group, self._read(number, group, stamp), stamp, deep)
        for batch in self._batches.unsettled():
            if batch.state is not BatchState.POSTED:
                self._drop_if_over(batch, seen, stamp, deep)

    def hindered(self, number: int, reason: str) -> None:
        """What keeps a round's batches from being posted now, in a sentence."""
        self._hindrances[number] = reason

    def why_not(self, number: int, reason: str) -> str:
        """A reason that a round's updates are not posted, with what hindered that last."""
        last = self._hindrances.get(number)
        return reason if last is None else f"{reason} ({last})"

    def mined(self, batch: Batch, receipt: Receipt) -> None:
        """A batch was mined just now."""
        self._hindrances.pop(batch.key.round, None)
        self._batches.posted(batch, receipt.block_number, is_deep=False, spend=self._window.spend)
        self._tell_posted(batch, receipt.block_number, receipt.gas_used)

    def find(self, batch: Batch, seen: Overview, stamp: BlockStamp) -> BatchSubmitted | None:
        """Where a batch stands on chain; None where it certainly stands nowhere.

        Args:
            batch: that is looked for.
            seen: the task at `stamp`.
            stamp: the newest block.

        Raises:
            LogsMissing: the node does not tell all of the round.
            ChainUnavailable: no usable answer.
        """
        number = batch.key.round
        events: Sequence[Submitted] = ()
        if number < seen.round.number:
            events = self._task.read_round(number, stamp.number).submissions
        elif number == seen.round.number and seen.phase is not Phase.FINISHED:
            events = self._read_current(seen, stamp)
        return self._event_of(batch, events)

    def _read(self, number: int, group: Sequence[Batch], stamp: BlockStamp) -> list[BatchSubmitted]:
        since = min(stamp.number, *(each.since for each in group)) - REORGANIZED_BLOCKS
        found = self._task.read_events(
            stamp.number,
            [BatchSubmitted],
            from_block=max(self._task.from_block, since),
            round=number,
        )
        return [each for each in found if isinstance(each, BatchSubmitted)]

    def _compare(
        self,
        group: Sequence[Batch],
        events: Sequence[BatchSubmitted],
        stamp: BlockStamp,
        deep: BlockStamp,
    ) -> None:
        for batch in group:
            event = self._event_of(batch, events)
            if event is not None:
                self._stands(batch, event, deep)
            elif batch.state is BatchState.POSTED and (batch.block or 0) <= stamp.number:
                self._batches.undo(batch)
                self._listener(BatchUndone(round=batch.key.round, cid=batch.digest.cid))

    def _stands(self, batch: Batch, event: BatchSubmitted, deep: BlockStamp) -> None:
        is_deep = event.block_number <= deep.number
        known = batch.state is BatchState.POSTED
        if known and (batch.block, batch.is_deep) == (event.block_number, is_deep):
            return
        spend = None if known else self._window.spend
        self._batches.posted(batch, event.block_number, is_deep=is_deep, spend=spend)
        if not known:
            self._tell_posted(batch, event.block_number)

    def _drop_if_over(
        self, batch: Batch, seen: Overview, stamp: BlockStamp, deep: BlockStamp
    ) -> None:
        reason = self._why_over(batch, seen, stamp)
        if reason is None:
            return
        found = None if batch.nonce is None else self.find(batch, seen, stamp)
        if found is not None:
            self._stands(batch, found, deep)
            return
        self._batches.drop(batch)
        reason = self.why_not(batch.key.round, reason)
        self._listener(
            BatchDropped(
                round=batch.key.round, count=batch.count, cid=batch.digest.cid, reason=reason
            )
        )

    def _why_over(self, batch: Batch, seen: Overview, stamp: BlockStamp) -> str | None:
        """Why a batch cannot be posted any more; None while it can."""
        state, number = seen.round, batch.key.round
        if seen.phase is Phase.FINISHED or number < state.number:
            return "the round is over"
        if number > state.number or batch.key.parent_model != state.model_digest:
            return "after a reorganization the round starts from another model"
        if seen.phase is not Phase.OPEN:
            return "the round is closed"
        return None if stamp.timestamp < batches_until(self._task, seen) else "batches are over"

    def _read_current(self, seen: Overview, stamp: BlockStamp) -> Sequence[Submitted]:
        state = seen.round
        opening = opening_hash(state.number, state.model_digest, seen.roster.root, seen.jury.hash)

        def read(care: Care) -> list[Submitted]:
            kinds = [UpdateSubmitted, BatchSubmitted]
            found = self._task.read_events(stamp.number, kinds, round=state.number, care=care)
            return [each for each in found if isinstance(each, UpdateSubmitted | BatchSubmitted)]

        return read_closely(
            self._task.chain,
            read,
            lambda found, _: require_submissions(state.number, opening, found, state.updates_hash),
        )

    def _event_of(self, batch: Batch, events: Sequence[Submitted]) -> BatchSubmitted | None:
        wanted = batch.key.round, self._address, batch.count, batch.digest
        for each in events:
            if (
                isinstance(each, BatchSubmitted)
                and (each.round, each.relayer, each.count, each.digest) == wanted
            ):
                return each
        return None

    def _tell_posted(self, batch: Batch, block: int, gas: int | None = None) -> None:
        self._listener(
            BatchPosted(
                round=batch.key.round,
                count=batch.count,
                cid=batch.digest.cid,
                block=block,
                gas=gas,
            )
        )


def batches_until(task: TaskOnChain, seen: Overview) -> int:
    """Unix seconds from which on an open round takes no batch."""
    config = task.config
    return seen.round.deadline - config.round_seconds + config.batch_seconds
