"""Reading what the chain, and the roster's file, say of a closed round."""

from fedjury.chain.contracts.events import RosterSet
from fedjury.chain.contracts.types import Overview, RosterState
from fedjury.chain.rpc.block import BlockStamp
from fedjury.oracle.recording import RoundFacts
from fedjury.oracle.round_updates import RoundUpdates
from fedjury.protocol.updates_hash import opening_hash
from fedjury.task.opened import OpenedTask
from fedjury.task.rosters import fetch_roster, find_roster_set


class FactReader:
    """Reads the facts of one round after the other.

    Args:
        task: opened.
    """

    def __init__(self, task: OpenedTask) -> None:
        self._task = task
        self._updates = RoundUpdates(task)
        self._roster: tuple[RosterState, RosterSet] | None = None

    def read(self, seen: Overview, at: BlockStamp) -> RoundFacts:
        """The facts of the round that is on.

        Args:
            seen: what the contract holds at the block.
            at: the block.

        Raises:
            WrongRoster: the roster's file is not what the chain says of it.
            StoreUnavailable: it cannot be had now.
            LogsMissing: the node's events are not those that the contract counts.
            ChainUnavailable: no usable answer.
        """
        state = seen.round
        opening = opening_hash(state.number, state.model_digest, seen.roster.root, seen.jury.hash)
        updates = self._updates.read(state, opening, at)
        return RoundFacts(
            chain_id=self._task.chain.chain_id,
            task=self._task.contract.address,
            state=state,
            roster=self._checked_roster(seen.roster, at),
            jury=seen.jury,
            updates=updates,
        )

    def _checked_roster(self, roster: RosterState, at: BlockStamp) -> RosterSet:
        if self._roster is None or self._roster[0] != roster:
            event = find_roster_set(self._task, roster.version, roster.root, at.number)
            fetch_roster(self._task.store, event)
            self._roster = roster, event
        return self._roster[1]
