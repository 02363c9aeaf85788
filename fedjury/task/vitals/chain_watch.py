"""Whether a chain stands still, by its own pace; one that keeps none never does."""

import time
from collections.abc import Callable

from fedjury.chain.rpc.block import BlockStamp
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.pace import block_interval

LEAST_SECONDS = 60.0
"""No chain stands still that made a block within so many seconds, however fast it is."""
INTERVALS = 10
"""So many times the usual time between two blocks may pass without one."""
PACE_SECONDS = 600.0
"""A pace is measured anew so often."""
_FAR = 128  # blocks back, to see whether the newest ones' pace is the chain's
_LIKE = 2.0


class ChainWatch:
    """Remembers a chain's newest block, and how fast it makes them.

    Where the chain makes blocks only for transactions, as development chains do, nothing follows
    from there being none.

    Args:
        chain: that is watched.
        now: this machine's clock, Unix seconds.
        clock: seconds that only ever grow.
    """

    def __init__(
        self,
        chain: Chain,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._chain, self._now, self._clock = chain, now, clock
        self._newest: BlockStamp | None = None
        self._seen_at = clock()
        self._pace: float | None = None
        self._pace_due = clock()

    @property
    def newest(self) -> BlockStamp | None:
        """The newest block that was seen; None before the first."""
        return self._newest

    @property
    def bound(self) -> float | None:
        """Seconds without a new block after which the chain stands still; None for no such time."""
        return None if self._pace is None else max(LEAST_SECONDS, INTERVALS * self._pace)

    def see(self, stamp: BlockStamp) -> None:
        """Note the newest block, and measure the pace if it is time to.

        Raises:
            ChainUnavailable: no usable answer.
        """
        if self._newest is None or stamp.hash != self._newest.hash:
            self._newest, self._seen_at = stamp, self._clock()
            if self._clock() >= self._pace_due:
                self._pace = _pace_of(self._chain, stamp)
                self._pace_due = self._clock() + PACE_SECONDS

    @property
    def trouble(self) -> str:
        """That the chain stands still; "" where it does not, or nobody can tell."""
        newest, bound = self._newest, self.bound
        if newest is None or bound is None:
            return ""
        without, age = self._clock() - self._seen_at, self._now() - newest.timestamp
        if without > bound:
            words = f"for {without:.0f} s there was no block after {newest.number}"
            return f"the chain stands still, or the node does: {words}"
        if age > bound:
            return (
                f"the node's newest block, {newest.number}, is {age:.0f} s old by this machine's "
                "clock: the node is behind, or the clock is wrong"
            )
        return ""


def _pace_of(chain: Chain, newest: BlockStamp) -> float | None:
    """Seconds from block to block; None where the chain keeps no pace."""
    pace = block_interval(chain)
    if not pace:
        return None
    back = min(_FAR, newest.number)
    mean = (newest.timestamp - chain.block_at(newest.number - back).timestamp) / back
    return pace if mean <= _LIKE * pace else None
