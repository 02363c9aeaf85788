"""A task's whole story, read from its events: rounds, updates, verdicts, juries."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from fedjury.chain.contracts.events import (
    ChainEvent,
    ClientRegistered,
    ClientRemoved,
    JurySet,
    RoundFinalized,
    RoundOpened,
    RoundVoided,
    UpdateSubmitted,
)
from fedjury.errors import LogsMissing
from fedjury.protocol.verdicts import Verdict, unpack


@dataclass
class RoundRecord:
    """One round as its events tell it.

    Attributes:
        unregistered: updates of accounts that were no clients when they submitted, as far as the
            events tell who was registered.
    """

    opened: RoundOpened
    updates: list[UpdateSubmitted] = field(default_factory=list)
    finalized: RoundFinalized | None = None
    voided: RoundVoided | None = None
    unregistered: list[UpdateSubmitted] = field(default_factory=list)

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

    def verdicts(self) -> list[Verdict]:
        """The jury's verdicts in the order of the updates; none before it has spoken.

        Raises:
            ValueError: the packed verdicts are malformed or not one an update.
        """
        if self.finalized is None:
            return []
        verdicts = list(unpack(self.finalized.verdicts))
        if len(verdicts) != len(self.updates):
            raise ValueError(f"{len(verdicts)} verdicts on {len(self.updates)} updates")
        return verdicts

    def judged(self) -> Iterator[tuple[UpdateSubmitted, Verdict]]:
        """Each update with its verdict."""
        return zip(self.updates, self.verdicts(), strict=False)


@dataclass
class TaskHistory:
    """Rounds in order, every jury that ever was, and who is a client in the end.

    Attributes:
        ever_registered: everyone who ever was a client.
    """

    rounds: dict[int, RoundRecord] = field(default_factory=dict)
    juries: dict[int, JurySet] = field(default_factory=dict)
    clients: set[str] = field(default_factory=set)
    ever_registered: set[str] = field(default_factory=set)


def assemble(events: Iterable[ChainEvent]) -> TaskHistory:
    """Put events, in chain order, together.

    Raises:
        LogsMissing: they tell of a round, but not of its opening.
    """
    history = TaskHistory()
    for event in events:
        _add(history, event)
    return history


def _add(history: TaskHistory, event: ChainEvent) -> None:
    match event:
        case RoundOpened():
            history.rounds[event.round] = RoundRecord(event)
        case UpdateSubmitted():
            record = _round(history, event.round)
            record.updates.append(event)
            if event.client not in history.clients:
                record.unregistered.append(event)
        case RoundFinalized():
            _round(history, event.round).finalized = event
        case RoundVoided():
            _round(history, event.round).voided = event
        case JurySet():
            history.juries[event.version] = event
        case ClientRegistered():
            history.clients.add(event.client)
            history.ever_registered.add(event.client)
        case ClientRemoved():
            history.clients.discard(event.client)


def _round(history: TaskHistory, number: int) -> RoundRecord:
    if number not in history.rounds:
        raise LogsMissing(f"the node tells of round {number}, but not of its opening")
    return history.rounds[number]
