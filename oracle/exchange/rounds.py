"""Taking up a closed round: who judges it, and what the chain says of it."""

from collections.abc import Callable

from fedjury.chain.contracts.types import JuryState, Overview
from fedjury.chain.rpc.block import BlockStamp
from fedjury.oracle.exchange.bench import Bench
from fedjury.oracle.exchange.joint_round import JointRound, joint_round
from fedjury.oracle.round_facts import FactReader
from fedjury.task.juries import find_announced, find_jury
from fedjury.task.opened import OpenedTask


class Rounds:
    """Gives the round that is on; the same object while nothing of it changes.

    Args:
        task: opened.
        now: the time, Unix seconds.
    """

    def __init__(self, task: OpenedTask, now: Callable[[], float]) -> None:
        self._task, self._now = task, now
        self._facts = FactReader(task)
        self._current: tuple[Overview, JointRound] | None = None
        self._benches: dict[bytes, Bench] = {}

    def take_up(self, seen: Overview, stamp: BlockStamp) -> JointRound:
        """A closed round.

        Args:
            seen: what the contract holds at the block that is read.
            stamp: that block.

        Raises:
            WrongRoster: the roster's file is not what the chain says of it.
            StoreUnavailable: it cannot be had now.
            LogsMissing, ChainUnavailable: no usable answer.
        """
        if self._current is not None:
            before, current = self._current
            if (before.round, before.roster, before.jury) == (seen.round, seen.roster, seen.jury):
                return current
        bench = self.bench(seen.jury, stamp)
        closed = self._facts.read(seen, stamp)
        current = joint_round(self._task, closed, bench, self._now)
        self._current = seen, current
        return current

    def bench(self, jury: JuryState, stamp: BlockStamp) -> Bench:
        """Who sits in a jury.

        Raises:
            LogsMissing, ChainUnavailable: no usable answer.
        """
        if jury.hash not in self._benches:
            event = find_jury(self._task, jury, stamp.number)
            self._benches[jury.hash] = Bench.of(event.jurors, event.quorum)
        return self._benches[jury.hash]

    def announced(self, jury_hash: bytes | None, stamp: BlockStamp) -> tuple[str, ...]:
        """Who sits in the jury that is announced; nobody where none is.

        Raises:
            LogsMissing, ChainUnavailable: no usable answer.
        """
        if jury_hash is None:
            return ()
        if jury_hash not in self._benches:
            event = find_announced(self._task, jury_hash, stamp.number)
            self._benches[jury_hash] = Bench.of(event.jurors, event.quorum)
        return self._benches[jury_hash].jurors
