"""Whether a node told all of a task's events, and asking it more closely where it did not.

Some nodes cut a long answer to eth_getLogs short without a word. The contract counts rounds,
updates, rosters and juries itself and hashes the updates together with the roster and the jury of
their round, so that what is missing shows. What it keeps nothing of are disclosed slices.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self, TypeVar

from fedjury.chain.contracts.events import Submitted
from fedjury.chain.contracts.federated_task import FederatedTask
from fedjury.chain.contracts.types import JuryState, RosterState, RoundState
from fedjury.chain.rpc.block import BlockStamp
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.logs import Care
from fedjury.errors import LogsMissing
from fedjury.protocol.updates_hash import updates_hash
from fedjury.task.history import RoundHistory, TaskHistory

T = TypeVar("T")


def read_closely(chain: Chain, read: Callable[[Care], T], accept: Callable[[T, Care], None]) -> T:
    """Read events, ever more closely and then from other nodes, until nothing is missing.

    Args:
        chain: that they are read from.
        read: reads them with that much care.
        accept: raises LogsMissing where some are missing.

    Raises:
        LogsMissing: some are missing however closely one reads, whichever node is asked.
        ChainUnavailable: no usable answer.
    """
    while True:
        try:
            return _read_closely(read, accept)
        except LogsMissing as error:
            if not chain.leave_endpoint(str(error)):
                raise


def _read_closely(read: Callable[[Care], T], accept: Callable[[T, Care], None]) -> T:
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
        roster: the newest one.
        jury: the newest one, though it may not have entered.
    """

    round: RoundState
    roster: RosterState
    jury: JuryState

    @classmethod
    def read(cls, contract: FederatedTask, at: BlockStamp) -> Self:
        """The counters at a block.

        Raises:
            ChainUnavailable: no usable answer.
        """
        return cls(
            contract.current_round(at=at),
            contract.next_roster(at=at) or contract.roster(at=at),
            contract.next_jury(at=at) or contract.jury(at=at),
        )


def require_complete(history: TaskHistory, counters: Counters, care: Care) -> None:
    """Nothing that the contract counts is missing from its events.

    Raises:
        LogsMissing: says what is missing.
    """
    state = counters.round
    finished = state.deadline == 0  # then the number is that of the round that will not be
    for number in range(1, state.number + (not finished)):
        _require_round(history.rounds.get(number), number, None if finished else state, care)
    roster = history.rosters.get(counters.roster.version)
    if roster is None or roster.root != counters.roster.root:
        raise LogsMissing(f"the node does not tell of roster {counters.roster.version}")
    jury = history.juries.get(counters.jury.version)
    if jury is None or jury.jury != counters.jury.hash:
        raise LogsMissing(f"the node does not tell of jury {counters.jury.version}")


def _require_round(
    record: RoundHistory | None, number: int, current: RoundState | None, care: Care
) -> None:
    if record is None:
        raise LogsMissing(f"the node does not tell of the opening of round {number}")
    if current is None or number < current.number:
        require_closed(record, care)
    else:
        _require_hash(record, current.updates_hash)


def require_closed(record: RoundHistory, care: Care = Care.USUAL) -> None:
    """A round that is over has its end, and the updates that hash to what its end says.

    As many updates as there are verdicts, but others, are accepted once one has read most closely:
    then none is missing, and something else is wrong.

    Raises:
        LogsMissing: says what is missing.
    """
    if record.finalized is not None:
        judged = len(record.finalized.verdicts)
        if care is not Care.FINEST or record.size < judged:
            _require_hash(record, record.finalized.updates_hash)
    elif record.voided is not None:
        _require_hash(record, record.voided.updates_hash)
    else:
        raise LogsMissing(f"the node does not tell all of round {record.number}: it has no end")


def _require_hash(record: RoundHistory, expected: bytes) -> None:
    require_submissions(record.number, record.opening, record.submissions, expected)


def require_submissions(
    number: int, opening: bytes, submissions: Sequence[Submitted], expected: bytes
) -> None:
    """A round's lone updates and batches are those that the contract holds.

    Args:
        number: of the round.
        opening: the hash that it began with.
        submissions: in the contract's order.
        expected: their running hash, as the contract tells it.

    Raises:
        LogsMissing: they are not.
    """
    if updates_hash(opening, submissions) != expected:
        raise LogsMissing(
            f"the node's {len(submissions)} events do not hash to what the contract holds of "
            f"round {number}: it has not caught up, or leaves some out"
        )
