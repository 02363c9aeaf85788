"""Posting batches, each at most once, and showing whoever takes in updates what is open.

A batch's nonce is on disk before it is sent, and its file in the store if that works; it is sent at
that nonce alone, so that however often it is sent, it is mined once. Another nonce it gets only
once another transaction was mined at the first one, as deep as the relay's confirmations.
"""

from fedjury.chain.contracts.types import Overview
from fedjury.chain.rpc.block import BlockStamp
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.checks.counts import counted
from fedjury.errors import (
    ChainUnavailable,
    InsufficientFunds,
    NonceTaken,
    RevertedUnexplained,
    TransactionReverted,
    TransientError,
)
from fedjury.relay.batch_store import BatchStore
from fedjury.relay.events import BatchCut, BatchFormed, BatchRefused, NonceLost, UpdatesLeftOut
from fedjury.relay.nonces import is_taken_for_good
from fedjury.relay.queue import Queue
from fedjury.relay.records import Batch, BatchState, RoundKey
from fedjury.relay.schedule import Schedule
from fedjury.relay.settling import Settler
from fedjury.relay.shelf import Shelf
from fedjury.relay.standing import Standing
from fedjury.relay.window import OpenRound, Window
from fedjury.runtime.events import Listener, OnChange, Waiting
from fedjury.runtime.loop import Step
from fedjury.task.on_chain import TaskOnChain
from fedjury.task.vitals.purse import Purse

# Reverts that only say that the world moved on; the next cycle reads what it is now.
_OVERTAKEN = {"WrongRound", "RoundClosed", "TaskFinished", "TooLateForBatches", "NotARelayer"}

LOOK_SHARE = 0.25  # of the time that is left, for files of other relayers' batches


class Poster:
    """Forms batches and sends them.

    Args:
        task: that they are of.
        shelf: where their files go.
        sender: sends the transactions; nothing else uses its account.
        queue: what was taken in.
        window: says what time it is.
        files: puts the files of batches into the store.
        settler: is told what was mined.
        standing: knows whose updates need not be posted.
        schedule: when updates become a batch.
        purse: is told where the account cannot pay.
        listener: is told what happens.
    """

    def __init__(
        self,
        task: TaskOnChain,
        shelf: Shelf,
        sender: TransactionSender,
        queue: Queue,
        window: Window,
        files: BatchStore,
        settler: Settler,
        standing: Standing,
        schedule: Schedule,
        purse: Purse,
        listener: Listener,
    ) -> None:
        self._task, self._shelf, self._sender = task, shelf, sender
        self._queue, self._window, self._settler = queue, window, settler
        self._files = files
        self._standing, self._schedule, self._purse = standing, schedule, purse
        self._listener, self._say = listener, OnChange(listener)
        self._say_left_out = OnChange(listener)
        self._after_lost = 0  # the nonce after the last one that another transaction took

    def post(self, round: OpenRound, seen: Overview, stamp: BlockStamp, deep: BlockStamp) -> Step:
        """Do the next thing that an open round's batches need.

        One batch at a time: the next one is made once the one before stands on chain.

        Args:
            round: that is open.
            seen: the task at `stamp`.
            stamp: the newest block.
            deep: the newest block that has the relay's confirmations.

        Raises:
            TransientError: chain or store do not work now.
            TransactionReverted: the contract refuses a batch for a reason that nobody foresaw.
        """
        if stamp.timestamp >= round.batches_until:
            return Step.WAITING
        self._look_at_others(round, seen, stamp)
        for batch in self._queue.batches.of(round.key):
            if batch.state in (BatchState.POSTED, BatchState.REPLACED):
                continue
            if batch.state is BatchState.DROPPED:
                self._queue.batches.revive(batch)
                return Step.PROGRESS
            return self._send(batch, round, seen, stamp, deep)
        return self._form(round)

    def _look_at_others(self, round: OpenRound, seen: Overview, stamp: BlockStamp) -> None:
        """Find out which updates need not be posted; never so long that there is no time left."""
        now = self._window.now()
        seconds = (round.batches_until - now) * LOOK_SHARE
        try:
            self._standing.look(round.key, seen.round.updates_hash, stamp.number, seconds)
        except ChainUnavailable:
            if now < round.takes_until:
                raise
        self._window.leave_out(round.key, len(self._standing.waiting()))

    def _form(self, round: OpenRound) -> Step:
        key, left_out = round.key, self._standing.waiting()
        waiting = self._queue.waiting(key) - len(left_out)
        is_full = waiting >= round.room or self._queue.taken(key) >= round.roster.size
        is_end = self._window.now() >= round.takes_until
        if not self._schedule.is_due(waiting, is_end=is_end, is_full=is_full):
            return Step.WAITING
        if round.room == 0:
            return self._no_room(key.round, waiting)
        batch = self._queue.batches.form(key, round.room, left_out)
        if batch is None:
            return Step.WAITING
        self._tell_left_out(key.round, len(left_out))
        self._listener(BatchFormed(round=key.round, count=batch.count, cid=batch.digest.cid))
        return Step.PROGRESS

    def _send(
        self,
        batch: Batch,
        round: OpenRound,
        seen: Overview,
        stamp: BlockStamp,
        deep: BlockStamp,
    ) -> Step:
        if batch.nonce is None and self._without_others(batch):
            return Step.PROGRESS
        if not self._files.lets_send(batch, round):
            self._settler.hindered(batch.key.round, self._shelf.trouble)
            return Step.WAITING
        nonce = batch.nonce
        if nonce is None:
            least = max(self._after_lost, self._queue.batches.nonce_after_posted())
            nonce = self._sender.next_nonce(least)
            self._queue.batches.note(batch, nonce, stamp.number)
        call = self._task.contract.submit_batch(batch.key.round, batch.count, batch.digest)
        try:
            receipt = self._sender.send(call, nonce)
        except NonceTaken:
            return self._look_who_took(batch, nonce, seen, stamp, deep)
        except InsufficientFunds as poor:
            self._purse.is_short(str(poor))
            self._settler.hindered(batch.key.round, str(poor))
            return Step.WAITING
        except TransactionReverted as reverted:
            return self._refused(batch, round, reverted)
        except TransientError as error:
            self._settler.hindered(batch.key.round, str(error))
            raise
        self._settler.mined(batch, receipt)
        return Step.PROGRESS

    def _look_who_took(
        self, batch: Batch, nonce: int, seen: Overview, stamp: BlockStamp, deep: BlockStamp
    ) -> Step:
        """Something was mined at a batch's nonce.

        Where it is that batch, as it was sent before, the next look at the chain shows it.
        """
        number = batch.key.round
        if is_taken_for_good(self._task.chain, self._sender.address, nonce, deep):
            found = self._settler.find(batch, seen, stamp)
            if found is None and self._task.chain.block_at(deep.number).hash == deep.hash:
                self._queue.batches.release_nonce(batch)
                self._after_lost = nonce + 1
                self._listener(NonceLost(round=number, cid=batch.digest.cid, nonce=nonce))
                return Step.PROGRESS
        reason = f"waits for confirmations of what was mined at nonce {nonce}"
        self._say(Waiting(round=number, reason=reason))
        return Step.WAITING

    def _refused(self, batch: Batch, round: OpenRound, reverted: TransactionReverted) -> Step:
        number = batch.key.round
        if reverted.error == "InvalidBatchCount":
            return self._cut(batch, round, int(str(reverted.args_[1])))
        if isinstance(reverted, RevertedUnexplained):  # what it was the next look at the chain says
            self._settler.hindered(number, str(reverted))
        elif reverted.error not in _OVERTAKEN:
            raise reverted
        self._say(BatchRefused(round=number, error=reverted.error, reason=str(reverted)))
        return Step.WAITING

    def _without_others(self, batch: Batch) -> bool:
        """Take out of a batch that was not sent whoever came to stand on chain meanwhile."""
        left_out = self._standing.of(self._queue.batches.clients(batch))
        if left_out:
            self._queue.batches.cut(batch, batch.count, left_out)
            self._tell_left_out(batch.key.round, len(left_out))
        return bool(left_out)

    def _cut(self, batch: Batch, round: OpenRound, room: int) -> Step:
        """Another relayer took room away."""
        if room == 0 or room >= batch.count:
            return self._no_room(batch.key.round, batch.count)
        stamp = self._task.chain.block()
        seen = self._task.contract.overview(self._sender.address, at=stamp)
        if RoundKey(seen.round.number, seen.round.model_digest) != batch.key:
            return Step.WAITING
        self._look_at_others(round, seen, stamp)
        left_out = self._standing.of(self._queue.batches.clients(batch))
        smaller = self._queue.batches.cut(batch, room, left_out)
        self._tell_left_out(batch.key.round, len(left_out))
        count = 0 if smaller is None else smaller.count
        waiting = batch.count - count - len(left_out)
        if waiting:
            self._listener(BatchCut(round=batch.key.round, count=count, waiting=waiting))
        return Step.PROGRESS

    def _tell_left_out(self, number: int, count: int) -> None:
        if count:
            self._say_left_out(UpdatesLeftOut(round=number, count=count))

    def _no_room(self, number: int, waiting: int) -> Step:
        reason = f"batches have no room for {counted(waiting, 'waiting update')}"
        self._settler.hindered(number, reason)
        self._say(Waiting(round=number, reason=reason))
        return Step.WAITING
