"""Whether a node told all of a task's events, and asking it more closely where it did not.

Some nodes cut a long answer to eth_getLogs short without a word. The contract counts rounds,
updates, clients and juries itself and hashes the updates, so that what is missing shows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self, TypeVar

from fedjury.chain.contracts.events import UpdateSubmitted
from fedjury.chain.contracts.federated_task import FederatedTask
from fedjury.chain.contracts.types import RoundState
from fedjury.chain.rpc.block import BlockStamp
from fedjury.chain.rpc.logs import Care
from fedjury.errors import LogsMissing
from fedjury.protocol.updates_hash import updates_hash
from fedjury.protocol.verdicts import PACKED_BYTES
from fedjury.task.history import RoundRecord, TaskHistory

T = TypeVar("T")


def read_closely(read: Callable[[Care], T], accept: Callable[[T, Care], None]) -> T:
    """Read events, ever more closely, until nothing is missing.

    Args:
        read: reads them with that much care.
        accept: raises LogsMissing where some are missing.

    Raises:
        LogsMissing: some are missing however closely one reads.
        ChainUnavailable: no usable answer.
    """
    *first, finest = Care
    for care in first:
        try:
            found = read(care)
            accept(found, care)
        except LogsMissing:
            continue
        return found
    found = read(finest)
    accept(found, finest)
    return found


@dataclass(frozen=True)
class Counters:
    """What a task's contract itself counts, at one block.

    Attributes:
        round: the current round.
        clients: how many were ever registered.
        juries: how many there ever were.
    """

    round: RoundState
    clients: int
    juries: int

    @classmethod
    def read(cls, contract: FederatedTask, at: BlockStamp) -> Self:
        """The counters at a block.

        Raises:
            ChainUnavailable: no usable answer.
        """
        return cls(
            contract.current_round(at=at),
            contract.client_count(at=at),
            contract.latest_jury_version(at=at),
        )


def require_complete(history: TaskHistory, counters: Counters, care: Care) -> None:
    """Nothing that the contract counts is missing from its events.

    What only looks odd may be a node's doing too, such as a client whose registration it leaves
    out: that is read again, and handed on as it is if it stays so.

    Raises:
        LogsMissing: says what is missing.
    """
    state = counters.round
    finished = state.deadline == 0  # then the number is that of the round that will not be
    for number in range(1, state.number + (not finished)):
        _require_round(history.rounds.get(number), number, None if finished else state, care)
    juries = sum(1 <= version <= counters.juries for version in history.juries)
    _require(juries, counters.juries, "juries")
    _require(len(history.ever_registered), counters.clients, "clients' registrations")
    if care is not Care.FINEST:
        for record in history.rounds.values():
            if record.unregistered:
                raise LogsMissing(f"the node tells of no client {record.unregistered[0].client}")


def _require_round(
    record: RoundRecord | None, number: int, current: RoundState | None, care: Care
) -> None:
    if record is None:
        raise LogsMissing(f"the node does not tell of the opening of round {number}")
    if current is None or number < current.number:
        require_closed(record, care)
    else:
        _require_hash(record, current.updates_hash)


def require_closed(record: RoundRecord, care: Care = Care.USUAL) -> None:
    """A round that is over has its end, and the updates that hash to what its end says.

    As many updates as there are verdicts, but others, are accepted once one has read most closely:
    then none is missing, and something else is wrong.

    Raises:
        LogsMissing: says what is missing.
    """
    if record.finalized is not None:
        judged = len(record.finalized.verdicts) // PACKED_BYTES
        if care is not Care.FINEST or len(record.updates) < judged:
            _require_hash(record, record.finalized.updates_hash)
    elif record.voided is not None:
        _require_hash(record, record.voided.updates_hash)
    else:
        raise LogsMissing(f"the node does not tell all of round {record.number}: it has no end")


def _require_hash(record: RoundRecord, expected: bytes) -> None:
    require_updates(record.number, record.updates, expected)


def require_updates(number: int, updates: Sequence[UpdateSubmitted], expected: bytes) -> None:
    """A round's updates are those that the contract holds.

    Args:
        number: of the round.
        updates: in the contract's order.
        expected: their running hash, as the contract tells it.

    Raises:
        LogsMissing: they are not.
    """
    if updates_hash(number, updates) != expected:
        raise LogsMissing(
            f"the node's {len(updates)} events do not hash to what the contract holds of "
            f"round {number}: it has not caught up, or leaves some out"
        )


def _require(have: int, counted: int, what: str) -> None:
    if have < counted:
        raise LogsMissing(f"the node leaves out logs: it tells of {have} of {counted} {what}")
