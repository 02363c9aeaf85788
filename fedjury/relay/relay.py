"""A relay's cycle: look at the chain, settle, show what is open, post, store files."""

import math
import sqlite3

from fedjury.chain.contracts.types import Overview, Phase
from fedjury.chain.rpc.block import BlockStamp, BlockTag
from fedjury.errors import ConfigError, DiskUnwritable, TransientError
from fedjury.relay.batch_store import SHORTEST_TRY, BatchStore
from fedjury.relay.events import CannotPay, RosterUnusable, TakingUpdates, UpdatesLeft
from fedjury.relay.files import HandedFiles
from fedjury.relay.opening import RoundReader, why_closed
from fedjury.relay.posting import Poster
from fedjury.relay.queue import Queue
from fedjury.relay.records import RoundKey
from fedjury.relay.schedule import NO_BATCHES
from fedjury.relay.settling import Settler
from fedjury.relay.shelf import Shelf
from fedjury.relay.standing import LONGEST_LOOK, Standing
from fedjury.relay.window import OpenRound, Window
from fedjury.runtime.events import Listener, OnChange, TaskFinished, Waiting
from fedjury.runtime.loop import Step
from fedjury.task.on_chain import TaskOnChain
from fedjury.task.rosters import WrongRoster
from fedjury.task.vitals.purse import Purse

ROUNDS_KEPT = 16


class Relay:
    """Posts what was taken in, and says what is open.

    Args:
        task: whose relay it is.
        address: of its account.
        shelf: where files go.
        queue: what was taken in.
        files: that clients handed in.
        window: is shown what is open.
        reader: reads open rounds.
        settler: holds batches against the chain.
        poster: sends them.
        standing: knows whose updates stand on chain without this relay.
        batch_files: puts the files of batches into the store.
        purse: knows whether the account can pay.
        listener: is told what happens.
        confirmations: blocks on top of a batch's before files that it names go into the store,
            or a block tag (``safe``, ``finalized``).
    """

    def __init__(
        self,
        task: TaskOnChain,
        address: str,
        shelf: Shelf,
        queue: Queue,
        files: HandedFiles,
        window: Window,
        reader: RoundReader,
        settler: Settler,
        poster: Poster,
        standing: Standing,
        batch_files: BatchStore,
        purse: Purse,
        listener: Listener,
        confirmations: int | BlockTag = 0,
    ) -> None:
        self._task, self._address, self._shelf = task, address, shelf
        self._queue, self._files, self._window = queue, files, window
        self._reader, self._settler, self._poster = reader, settler, poster
        self._batch_files = batch_files
        self._standing, self._purse, self._confirmations = standing, purse, confirmations
        self._listener, self._say = listener, OnChange(listener)
        self._say_poor, self._say_open = OnChange(listener), OnChange(listener)
        self._kept_from = 0

    def cycle(self) -> Step:
        """Do the one next thing.

        Raises:
            TransientError: chain, store or the relay's disk do not work now.
            TransactionReverted: the contract refuses a batch for a reason that nobody foresaw.
        """
        try:
            return self._next()
        except sqlite3.OperationalError as error:
            raise DiskUnwritable(f"the relay's disk does not take what it does: {error}") from error

    def _next(self) -> Step:
        stamp = self._task.chain.block()
        deep = self._task.chain.block(self._confirmations) if self._confirmations else stamp
        seen = self._task.contract.overview(self._address, at=stamp)
        self._window.see(stamp)
        self._purse.look()
        self._settler.settle(seen, stamp, deep)
        self._forget_old(seen)
        found = self._show(seen, stamp)
        self._batch_files.pursue(seen, self._seconds(found))
        self._tell_left(seen, stamp, found)
        step = Step.WAITING if found is None else self._poster.post(found, seen, stamp, deep)
        if step is not Step.WAITING:
            return step
        if self._files.store_due(self._shelf, self._listener, lambda: self._seconds(found)):
            return Step.PROGRESS
        if seen.phase is not Phase.FINISHED or self._queue.batches.unsettled():
            return Step.WAITING
        self._listener(TaskFinished())
        return Step.FINISHED

    def _show(self, seen: Overview, stamp: BlockStamp) -> OpenRound | None:
        """Show what is open; the round, where batches of it may be posted."""
        number = seen.round.number
        reason = why_closed(seen, self._address)
        if reason is not None:
            self._window.close(reason, is_trouble=_is_removed(seen))
            self._say(Waiting(round=number, reason=reason))
            return None
        try:
            found = self._reader.read(seen, stamp)
        except WrongRoster as error:
            self._window.close(str(error), is_trouble=True)
            self._say(RosterUnusable(round=number, reason=str(error)))
            return None
        except TransientError:
            self._window.close("the relay cannot read the round's roster now")
            raise
        if self._purse.lack:
            self._window.close("the relay's account cannot pay for a batch")
            self._say_poor(CannotPay(reason=self._purse.lack))
        else:
            self._window.show(found)
            self._tell_open(found)
        return found

    def _seconds(self, found: OpenRound | None) -> float:
        """How long the store may be waited for, so that batches are posted in time."""
        left = math.inf if found is None else found.takes_until - self._window.now()
        return left if left > 0 else SHORTEST_TRY

    def _tell_open(self, found: OpenRound) -> None:
        if self._window.now() < found.takes_until:
            self._say_open(
                TakingUpdates(
                    round=found.number, until=found.takes_until, members=found.roster.size
                )
            )

    def _tell_left(self, seen: Overview, stamp: BlockStamp, found: OpenRound | None) -> None:
        """Tell of updates whose round takes no batch any more; of each round once."""
        is_over = found is None or stamp.timestamp >= found.batches_until
        closing = seen.phase is not Phase.OPEN or (found is not None and is_over)
        current = RoundKey(seen.round.number, seen.round.model_digest)
        left = self._queue.left_behind(None if closing else current)
        for key, count in left.items():
            if not self._queue.is_told(key, count):
                self._tell_lost(key, seen, stamp)
                self._queue.note_told(key, count)

    def _tell_lost(self, key: RoundKey, seen: Overview, stamp: BlockStamp) -> None:
        """Tell how many of those left behind do not stand in their round by other ways."""
        waiting = self._queue.waiting_clients(key)
        is_current = key.round == seen.round.number
        hash = seen.round.updates_hash if is_current else b"over"
        self._standing.look(key, hash, stamp.number, LONGEST_LOOK)
        count = len(waiting) - len(self._standing.of(waiting))
        if count:
            reason = self._settler.why_not(key.round, "their round takes no batch any more")
            self._listener(UpdatesLeft(round=key.round, count=count, reason=reason))

    def _forget_old(self, seen: Overview) -> None:
        self._files.drop_unposted(seen.round.number)
        before = seen.round.number - ROUNDS_KEPT
        if before > self._kept_from:
            for digest in self._queue.forget(before):
                self._files.remove(digest)
            self._kept_from = before


def _is_removed(seen: Overview) -> bool:
    """Whether the coordinator has taken the account off, which a finished task leaves as it is."""
    return seen.phase is not Phase.FINISHED and not seen.is_relayer


def require_relayer(task: TaskOnChain, address: str) -> None:
    """Make sure that an account may submit batches, by the newest block.

    Raises:
        ConfigError: it may not, or the task takes no batches.
        ChainUnavailable: no usable answer.
    """
    if task.config.batch_seconds == 0:
        raise ConfigError(NO_BATCHES)
    if not task.contract.is_relayer(address):
        raise ConfigError(f"{address} is no relayer of {task.name}: ask the coordinator")
