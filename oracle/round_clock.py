"""The time that rounds go by: the later of this machine's clock and the newest block's time."""

from collections.abc import Callable

from fedjury.chain.rpc.block import BlockStamp, BlockTag
from fedjury.chain.rpc.connection import Chain


class RoundClock:
    """Tells the time.

    A chain without traffic makes no blocks, so its clock stands: this machine's counts as well, and
    the contract has the last word when a report is simulated. A machine's clock may be late: then
    the chain's counts.

    Args:
        chain: whose blocks' times count.
        confirmations: with which it is read.
        now: this machine's clock, Unix seconds.
    """

    def __init__(
        self, chain: Chain, confirmations: int | BlockTag, now: Callable[[], float]
    ) -> None:
        self._chain, self._confirmations, self._now = chain, confirmations, now
        self._seen = 0

    def now(self, stamp: BlockStamp) -> float:
        """The time, Unix seconds.

        Args:
            stamp: the block that was read just now.

        Raises:
            ChainUnavailable: no usable answer.
        """
        newest = stamp if self._confirmations == 0 else self._chain.block()
        self._seen = newest.timestamp
        return max(newest.timestamp, self._now())

    def latest(self) -> float:
        """The time by this machine's clock and the newest block that was seen: asks nobody."""
        return max(self._seen, self._now())
