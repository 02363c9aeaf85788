"""Getting the samples of the round that is on from a juror who has them."""

import time
from collections.abc import Callable, Sequence

from fedjury.oracle.exchange.events import SliceReceived
from fedjury.oracle.exchange.paths import slice_target
from fedjury.oracle.exchange.peers import PeerRefused, Peers, PeerUnavailable, PeerWrong
from fedjury.runtime.events import Listener

_MOST_BYTES = 2**31  # that are opened at once
_SECONDS = 120.0
_AGAIN_SECONDS = 10.0


class SliceAsking:
    """Asks the other jurors for samples.

    Args:
        peers: the other jurors.
        most_bytes: says how large the file of the slice of a number can be.
        take: keeps the file of the slice of a number; says whether it is that one.
        listener: is told who gave it.
        clock: seconds that only ever grow.
    """

    def __init__(
        self,
        peers: Peers,
        most_bytes: Callable[[int], int],
        take: Callable[[bytes, int], bool],
        listener: Listener,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._peers, self._most_bytes = peers, most_bytes
        self._take, self._listener = take, listener
        self._clock, self._not_before = clock, float("-inf")

    def ask(self, number: int, jurors: Sequence[str]) -> bool:
        """Ask for a slice; whether it is here now. Jurors are asked now and then only."""
        if self._clock() < self._not_before:
            return False
        most = min(self._most_bytes(number), _MOST_BYTES)
        for juror in jurors:
            try:
                data = self._peers.ask(juror, slice_target(number), most, _SECONDS)
            except (PeerUnavailable, PeerRefused, PeerWrong):
                continue
            if self._take(data, number):
                self._listener(SliceReceived(slice=number, juror=juror))
                return True
            self._peers.blame(juror, f"what it gives as slice {number} is not that one")
        self._not_before = self._clock() + _AGAIN_SECONDS
        return False
