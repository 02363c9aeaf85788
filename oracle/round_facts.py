"""Reading what the chain, and the roster's file, say of a closed round."""

from dataclasses import dataclass

from fedjury.chain.contracts.events import RosterSet
from fedjury.chain.contracts.types import JuryState, Overview, RosterState, RoundState
from fedjury.chain.rpc.block import BlockStamp
from fedjury.oracle.recording import RoundFacts
from fedjury.oracle.round_submissions import RoundSubmissions
from fedjury.protocol.roster import Roster
from fedjury.protocol.updates_hash import opening_hash
from fedjury.task.history import RoundHistory
from fedjury.task.opened import OpenedTask
from fedjury.task.rosters import fetch_roster, find_roster_set


@dataclass(frozen=True)
class ClosedRound:
    """A closed round, as far as it is known before any of its files.

    Attributes:
        facts: what the chain says of it.
        roster: who may take part in it.
    """

    facts: RoundFacts
    roster: Roster


class FactReader:
    """Reads the facts of one round after the other.

    Args:
        task: opened.
    """

    def __init__(self, task: OpenedTask) -> None:
        self._task = task
        self._submissions = RoundSubmissions(task)
        self._roster: tuple[RosterState, RosterSet, Roster] | None = None

    def read(self, seen: Overview, at: BlockStamp) -> ClosedRound:
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
        submissions = self._submissions.read(state, opening, at)
        event, roster = self._checked_roster(seen.roster, at)
        facts = RoundFacts(
            chain_id=self._task.chain.chain_id,
            task=self._task.contract.address,
            state=state,
            roster=event,
            jury=seen.jury,
            submissions=submissions,
        )
        return ClosedRound(facts, roster)

    def _checked_roster(self, state: RosterState, at: BlockStamp) -> tuple[RosterSet, Roster]:
        if self._roster is None or self._roster[0] != state:
            event = find_roster_set(self._task, state.version, state.root, at.number)
            found = fetch_roster(self._task.store, event)
            # without the tree that it was held against, which takes many times as much memory
            self._roster = state, event, Roster(found.content)
        return self._roster[1:]


def facts_of_finalized(task: OpenedTask, history: RoundHistory) -> RoundFacts:
    """What the chain says of a round that was finalized, by its events alone.

    Args:
        task: opened.
        history: of the round.
    """
    opened, jury, finalized = history.opened, history.jury, history.finalized
    assert finalized is not None
    return RoundFacts(
        chain_id=task.chain.chain_id,
        task=task.contract.address,
        state=RoundState(
            number=history.number,
            submitted=history.size,
            deadline=opened.deadline,
            roster_version=opened.roster_version,
            jury_version=opened.jury_version,
            updates_hash=finalized.updates_hash,
            model_digest=opened.model_digest,
            batched=sum(batch.count for batch in history.batches),
        ),
        roster=history.roster,
        jury=JuryState(jury.version, jury.jury, len(jury.jurors), jury.quorum),
        submissions=history.submissions,
    )
