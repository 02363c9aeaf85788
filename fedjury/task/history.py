"""A task's whole story, read from its events: rounds, updates, verdicts, rosters, juries."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from fedjury.chain.contracts.events import (
    BatchSubmitted,
    ChainEvent,
    JuryAnnounced,
    RelayerSet,
    RosterSet,
    RoundFinalized,
    RoundOpened,
    RoundVoided,
    SliceDisclosed,
    Submitted,
    UpdateSubmitted,
)
from fedjury.checks.counts import counted
from fedjury.errors import LogsMissing
from fedjury.protocol.updates_hash import opening_hash
from fedjury.protocol.verdicts import VerdictCode, unpack


@dataclass
class RoundHistory:
    """One round as its events tell it.

    Attributes:
        opened: its opening.
        roster: that it opened with.
        jury: that it opened with.
        next_roster: that had been set for it and does not count in it; a contract leaves none.
        next_jury: that had been announced and did not enter with it.
        submissions: lone updates and batches in the contract's order.
        by_others: batches of these by accounts that were no relayers then; a contract takes none.
        finalized, voided: its end; None while it is open, and one of them always.
    """

    opened: RoundOpened
    roster: RosterSet
    jury: JuryAnnounced
    next_roster: RosterSet | None = None
    next_jury: JuryAnnounced | None = None
    submissions: list[Submitted] = field(default_factory=list)
    by_others: list[BatchSubmitted] = field(default_factory=list)
    finalized: RoundFinalized | None = None
    voided: RoundVoided | None = None

    @property
    def number(self) -> int:
        """The round's number, from 1."""
        return self.opened.round

    @property
    def state(self) -> str:
        """``open``, ``finalized`` or ``voided``."""
        if self.finalized:
            return "finalized"
        return "voided" if self.voided else "open"

    @property
    def opening(self) -> bytes:
        """The hash that the running hash of the round's updates begins with."""
        return opening_hash(self.number, self.opened.model_digest, self.roster.root, self.jury.jury)

    @property
    def alone(self) -> list[UpdateSubmitted]:
        """The updates that their clients submitted themselves."""
        return [each for each in self.submissions if isinstance(each, UpdateSubmitted)]

    @property
    def batches(self) -> list[BatchSubmitted]:
        """The batches that relayers submitted."""
        return [each for each in self.submissions if isinstance(each, BatchSubmitted)]

    @property
    def size(self) -> int:
        """How many updates the round holds, those in batches as announced."""
        return sum(each.count for each in self.submissions)

    def verdicts(self) -> list[VerdictCode]:
        """The jury's verdicts in the order of the updates; none before it has spoken.

        Raises:
            ValueError: a verdict is none, or they are not one an update.
        """
        if self.finalized is None:
            return []
        verdicts = unpack(self.finalized.verdicts)
        if len(verdicts) != self.size:
            raise ValueError(
                f"{counted(len(verdicts), 'verdict')} on {counted(self.size, 'update')}"
            )
        return verdicts


@dataclass
class TaskHistory:
    """Rounds in order, and by their versions every roster and every jury.

    Attributes:
        rosters, juries: of several with the same version the last one, which counts. The newest
            may not have entered yet.
        relayers: by address, whether it may submit batches, as was said last.
        disclosed: what was said of each verification slice, by its number.
    """

    rounds: dict[int, RoundHistory] = field(default_factory=dict)
    rosters: dict[int, RosterSet] = field(default_factory=dict)
    juries: dict[int, JuryAnnounced] = field(default_factory=dict)
    relayers: dict[str, bool] = field(default_factory=dict)
    disclosed: dict[int, list[SliceDisclosed]] = field(default_factory=dict)


def assemble(events: Iterable[ChainEvent]) -> TaskHistory:
    """Put events, in chain order, together.

    Raises:
        LogsMissing: they tell of a round, but not of its opening, its roster or its jury.
    """
    history = TaskHistory()
    for event in events:
        _add(history, event)
    return history


def _add(history: TaskHistory, event: ChainEvent) -> None:
    match event:
        case RosterSet():
            history.rosters[event.version] = event
        case JuryAnnounced():
            history.juries[event.version] = event
        case RoundOpened():
            history.rounds[event.round] = _opened(history, event)
        case UpdateSubmitted():
            _round(history, event.round).submissions.append(event)
        case BatchSubmitted():
            story = _round(history, event.round)
            story.submissions.append(event)
            if not history.relayers.get(event.relayer):
                story.by_others.append(event)
        case RoundFinalized():
            _round(history, event.round).finalized = event
        case RoundVoided():
            _round(history, event.round).voided = event
        case RelayerSet():
            history.relayers[event.relayer] = event.allowed
        case SliceDisclosed():
            history.disclosed.setdefault(event.slice, []).append(event)


def _opened(history: TaskHistory, event: RoundOpened) -> RoundHistory:
    roster = history.rosters.get(event.roster_version)
    jury = history.juries.get(event.jury_version)
    if roster is None:
        raise LogsMissing(
            f"the node tells of round {event.round}, but not of its roster, version "
            f"{event.roster_version}"
        )
    if jury is None:
        raise LogsMissing(
            f"the node tells of round {event.round}, but not of its jury, version "
            f"{event.jury_version}"
        )
    return RoundHistory(
        event,
        roster,
        jury,
        history.rosters.get(event.roster_version + 1),
        history.juries.get(event.jury_version + 1),
    )


def _round(history: TaskHistory, number: int) -> RoundHistory:
    if number not in history.rounds:
        raise LogsMissing(f"the node tells of round {number}, but not of its opening")
    return history.rounds[number]
