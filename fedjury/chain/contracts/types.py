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
        grace_seconds: from deadline + this on, the coordinator may void the round.
        min_updates: updates without which a round does not close.
        max_updates: updates at which a round closes at once.
        rounds: number of rounds after which the task is finished; 0 for no end.
    """

    spec_digest: Digest
    genesis_digest: Digest
    round_seconds: int
    grace_seconds: int
    min_updates: int
    max_updates: int
    rounds: int


@dataclass(frozen=True)
class RoundState:
    """The current round: its number, how many updates it holds, when its window ends."""

    number: int
    submitted: int
    deadline: int
    jury_version: int
    updates_hash: bytes
    model_digest: Digest


@dataclass(frozen=True)
class ClientState:
    """A client's index (from 1; 0: never registered), last round submitted in, and standing."""

    index: int
    last_round: int
    active: bool


@dataclass(frozen=True)
class Overview:
    """All that one account must know to say what it has to do next, as of one block.

    Attributes:
        phase: where the current round stands at the block's own time.
        paused: whether submitting and finalizing are stopped.
        round: the current round.
        jury_size: number of jurors in the current round's jury.
        quorum: how many of them must sign.
        is_juror: whether the account is one of them.
        client: the account's standing as a client.
    """

    phase: Phase
    paused: bool
    round: RoundState
    jury_size: int
    quorum: int
    is_juror: bool
    client: ClientState
