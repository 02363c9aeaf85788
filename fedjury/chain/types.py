"""What the contracts' functions take and give, under the contracts' own names.

Digests and hashes are 32 `bytes`, addresses checksummed strings (EIP-55), times Unix seconds.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

DIGEST_SIZE = 32

BlockTag = Literal["finalized", "safe"]


def require_digest(value: bytes, what: str) -> bytes:
    """Return value as `bytes` if it has 32 of them; ABI encoding would pad a shorter one silently.

    Raises:
        ValueError: value has another length.
    """
    if len(value) != DIGEST_SIZE:
        raise ValueError(f"{what} has {len(value)} bytes, not {DIGEST_SIZE}")
    return bytes(value)


class Phase(IntEnum):
    """Where the current round stands."""

    OPEN = 0
    CLOSED = 1
    FINISHED = 2


@dataclass(frozen=True)
class BlockStamp:
    """A block to pin reads to: its number, its hash, its time in Unix seconds."""

    number: int
    hash: bytes
    timestamp: int


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

    spec_digest: bytes
    genesis_digest: bytes
    round_seconds: int
    grace_seconds: int
    min_updates: int
    max_updates: int
    rounds: int

    def __post_init__(self) -> None:
        require_digest(self.spec_digest, "spec_digest")
        require_digest(self.genesis_digest, "genesis_digest")


@dataclass(frozen=True)
class Report:
    """What the jury says of one round, without the verdicts (those are packed separately)."""

    round: int
    jury_version: int
    updates_hash: bytes
    baseline_correct: int
    model_correct: int
    model_digest: bytes

    def __post_init__(self) -> None:
        require_digest(self.updates_hash, "updates_hash")
        require_digest(self.model_digest, "model_digest")


@dataclass(frozen=True)
class RoundState:
    """The current round: its number, how many updates it holds, when its window ends."""

    number: int
    submitted: int
    deadline: int
    jury_version: int
    updates_hash: bytes
    model_digest: bytes


@dataclass(frozen=True)
class ClientState:
    """A client's index (from 1; 0: never registered), last round submitted in, and standing."""

    index: int
    last_round: int
    active: bool
