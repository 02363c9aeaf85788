"""What the contracts' functions take and give, under the contracts' own names.

Addresses are checksummed strings (EIP-55), hashes 32 `bytes`, times Unix seconds.
"""

from dataclasses import dataclass
from enum import IntEnum

from fedjury.protocol.digest import Digest


class Phase(IntEnum):
    """Where the current round stands."""

    OPEN = 0
    CLOSED = 1
    FINISHED = 2


@dataclass(frozen=True)
class Config:
    """A task's immutable settings.

    Attributes:
        round_seconds: length of a round's window.
        batch_seconds: of it, in which batches are taken; 0: none are.
        availability_seconds: from a round's closing on, in which its files have to appear.
        grace_seconds: from deadline + this on, the coordinator may void the round.
        notice_seconds: from its announcement on, after which a jury enters with the next round.
        min_updates: updates without which a round does not close.
        max_updates: most updates that clients may submit themselves in a round.
        rounds: number of rounds after which the task is finished; 0 for no end.
    """

    spec_digest: Digest
    genesis_digest: Digest
    round_seconds: int
    batch_seconds: int
    availability_seconds: int
    grace_seconds: int
    notice_seconds: int
    min_updates: int
    max_updates: int
    rounds: int


@dataclass(frozen=True)
class RoundState:
    """The current round.

    Attributes:
        number: from 1.
        submitted: updates that it holds, those in batches as announced.
        deadline: when its window ends, Unix seconds.
        batched: how many of these updates batches announced.
    """

    number: int
    submitted: int
    deadline: int
    roster_version: int
    jury_version: int
    updates_hash: bytes
    model_digest: Digest
    batched: int = 0

    @property
    def alone(self) -> int:
        """How many updates clients submitted themselves."""
        return self.submitted - self.batched


@dataclass(frozen=True)
class RosterState:
    """Who may submit, as the contract knows it: a zero root is that of nobody."""

    version: int
    root: bytes
    size: int


@dataclass(frozen=True)
class JuryState:
    """A jury, as the contract knows it: its hash, its size, and how many of it must sign."""

    version: int
    hash: bytes
    size: int
    quorum: int


@dataclass(frozen=True)
class NextJury(JuryState):
    """An announced jury; from `enters_from` (Unix seconds) on it enters with the next round,
    whoever agrees."""

    enters_from: int


@dataclass(frozen=True)
class ClientState:
    """Under which roster's version a client has proved to be a member, and the last round that it
    submitted in itself; 0 for neither."""

    roster_version: int
    last_round: int


@dataclass(frozen=True)
class Overview:
    """All that one account must know to say what it has to do next, as of one block.

    Attributes:
        phase: where the current round stands at the block's own time.
        round: the current round.
        roster: who may submit in it.
        jury: who judges it.
        next_jury: hash of the announced jury; None where none is announced.
        next_jury_from: time from which that one enters whoever agrees; 0 where none is announced.
        is_juror: whether the account is in the round's jury.
        is_next_juror: whether it is in the announced one.
        has_proved: whether the account has proved to be in the round's roster.
        last_round: the last round that the account submitted in itself; 0 for none.
        is_relayer: whether the account may submit batches.
    """

    phase: Phase
    round: RoundState
    roster: RosterState
    jury: JuryState
    next_jury: bytes | None
    next_jury_from: int
    is_juror: bool
    is_next_juror: bool
    has_proved: bool
    last_round: int
    is_relayer: bool = False
