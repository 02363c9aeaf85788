"""What a relay keeps on disk, as values."""

from dataclasses import dataclass
from enum import StrEnum

from fedjury.protocol.batch_file import BatchEntry
from fedjury.protocol.digest import Digest
from fedjury.protocol.receipt import Receipt


@dataclass(frozen=True)
class RoundKey:
    """A round that starts from one model: after a reorganization it may start from another.

    Attributes:
        round: its number.
        parent_model: that it starts from.
    """

    round: int
    parent_model: Digest


@dataclass(frozen=True)
class SignedUpdate:
    """A client's signed update, as it is handed in. Nothing of it is checked.

    Attributes:
        round: number of the round that it is for.
        parent_model: that the round starts from.
        entry: client, digest and signature.
    """

    round: int
    parent_model: Digest
    entry: BatchEntry

    @property
    def key(self) -> RoundKey:
        """The round that it is for."""
        return RoundKey(self.round, self.parent_model)

    def receipt(self, received_at: int) -> Receipt:
        """What a relay signs when it has taken the update in at this time (Unix seconds)."""
        return Receipt(
            self.round, self.parent_model, self.entry.client, self.entry.digest, received_at
        )


@dataclass(frozen=True)
class Held:
    """An update that was taken in before.

    Attributes:
        digest: of its file.
        received_at: Unix seconds.
        batch: number of its batch on this relay; None while it waits for one.
    """

    digest: Digest
    received_at: int
    batch: int | None


class BatchState(StrEnum):
    """How far a batch has come."""

    FORMED = "formed"
    """Its file is made; nothing was sent."""
    NOTED = "noted"
    """It may have been sent, at its nonce and at no other."""
    POSTED = "posted"
    """It stands on chain."""
    DROPPED = "dropped"
    """It does not stand on chain, and its round takes no batch any more."""
    REPLACED = "replaced"
    """A smaller one took its place, at the same nonce."""


PENDING = (BatchState.FORMED, BatchState.NOTED)
"""States of a batch that may yet come to stand on chain."""


@dataclass(frozen=True)
class Batch:
    """A batch of updates.

    Attributes:
        id: number of the batch on this relay.
        key: the round that it is for.
        digest: of its file.
        count: how many updates it has.
        state: how far it has come.
        nonce: the only one at which it is sent; None before that.
        since: number of the newest block when the nonce was noted; 0 before that.
        block: number of the block that it stands in; None where it is on no chain.
        is_deep: whether that block has had the relay's confirmations.
    """

    id: int
    key: RoundKey
    digest: Digest
    count: int
    state: BatchState
    nonce: int | None = None
    since: int = 0
    block: int | None = None
    is_deep: bool = False
