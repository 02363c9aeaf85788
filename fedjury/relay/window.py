"""The round that a relay takes updates for, as its last look at the chain showed it."""

from collections.abc import Callable
from dataclasses import dataclass

from fedjury.protocol.digest import Digest
from fedjury.protocol.roster import Roster
from fedjury.protocol.update_signing import UpdateDomain


@dataclass(frozen=True)
class OpenRound:
    """A round in which the relay may post batches.

    Attributes:
        domain: in which the round's updates are signed: it names round and parent model.
        roster: who may take part.
        room: how many updates batches may still announce.
        takes_until: Unix seconds, from which on nothing more is taken in.
        batches_until: Unix seconds, from which on the contract takes no batch.
    """

    domain: UpdateDomain
    roster: Roster
    room: int
    takes_until: int
    batches_until: int

    @property
    def number(self) -> int:
        """Of the round."""
        return self.domain.round

    @property
    def parent_model(self) -> Digest:
        """That the round starts from."""
        return self.domain.parent_model


class Window:
    """What is open now. Written by the relay's cycles, read by whoever takes in updates.

    Args:
        now: Unix seconds by this machine's clock.

    Attributes:
        open: the round; None where nothing is taken in.
        reason: why nothing is taken in.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._chain_time = 0
        self.open: OpenRound | None = None
        self.reason = "the relay has not looked at the chain yet"

    def now(self) -> float:
        """Unix seconds: by this machine's clock or the newest block, whichever is later."""
        return max(self._now(), self._chain_time)

    def see(self, chain_time: int) -> None:
        """A block of this time (Unix seconds) is the newest."""
        self._chain_time = chain_time

    def show(self, found: OpenRound) -> None:
        """Take in updates for this round from now on."""
        self.open = found

    def close(self, reason: str) -> None:
        """Take in nothing from now on.

        Args:
            reason: why, for whoever is refused.
        """
        self.reason, self.open = reason, None
