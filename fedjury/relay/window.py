"""The round that a relay takes updates for, as its last look at the chain showed it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from fedjury.chain.rpc.block import BlockStamp
from fedjury.protocol.digest import Digest
from fedjury.protocol.roster import Roster
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.relay.records import RoundKey

LONGEST_UNSEEN = 180.0  # seconds; a transaction may take as long to be mined


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
    def key(self) -> RoundKey:
        """Number and parent model."""
        return RoundKey(self.domain.round, self.domain.parent_model)

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

    What was seen long ago does not count: the relay could not post either.

    Args:
        now: Unix seconds by this machine's clock.
        clock: seconds that only ever grow.

    Attributes:
        height: number of the newest block that was seen; None before the first.
    """

    def __init__(
        self,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._now, self._clock = now, clock
        self._chain_time, self._seen_at = 0, clock()
        self.height: int | None = None
        self._open: OpenRound | None = None
        self._left_out: tuple[RoundKey | None, int] = None, 0
        self._is_trouble = False
        self._reason = "the relay has not looked at the chain yet"

    @property
    def open(self) -> OpenRound | None:
        """The round; None where nothing is taken in."""
        return None if self._is_old else self._open

    @property
    def reason(self) -> str:
        """Why nothing is taken in."""
        return "the relay does not reach the chain" if self._is_old else self._reason

    @property
    def trouble(self) -> str:
        """Why nothing is taken in, where somebody has to mend it; "" otherwise."""
        return self._reason if self._is_trouble and self._open is None else ""

    def now(self) -> float:
        """Unix seconds: by this machine's clock or the newest block, whichever is later."""
        return max(self._now(), self._chain_time)

    def see(self, stamp: BlockStamp) -> None:
        """This block is the newest."""
        self._chain_time, self._seen_at = stamp.timestamp, self._clock()
        self.height = stamp.number

    def show(self, found: OpenRound) -> None:
        """Take in updates for this round from now on."""
        self._open, self._is_trouble = found, False

    def spend(self, count: int) -> None:
        """So many updates stand on chain now, which the room that was seen last does not know."""
        if self._open is not None:
            self._open = replace(self._open, room=max(0, self._open.room - count))

    def leave_out(self, key: RoundKey, count: int) -> None:
        """So many updates of a round wait that need no room, as their clients stand on chain."""
        self._left_out = key, count

    def most_unposted(self, found: OpenRound) -> int:
        """How many updates of a round may wait for being posted."""
        key, count = self._left_out
        return found.room + (count if key == found.key else 0)

    def close(self, reason: str, *, is_trouble: bool = False) -> None:
        """Take in nothing from now on.

        Args:
            reason: why, for whoever is refused.
            is_trouble: whether somebody has to mend it.
        """
        self._reason, self._open, self._is_trouble = reason, None, is_trouble

    @property
    def _is_old(self) -> bool:
        return self._clock() - self._seen_at > LONGEST_UNSEEN
