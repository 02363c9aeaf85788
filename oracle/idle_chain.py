"""Telling a chain that makes blocks only for transactions from one that is merely quiet."""

from collections.abc import Callable

from fedjury.chain.rpc.block import BlockStamp


class IdleChain:
    """Remembers when the newest block was first seen.

    Args:
        idle_seconds: without a block for so long, a chain is taken for one that makes blocks only
            for transactions.
        now: Unix seconds.
    """

    def __init__(self, idle_seconds: float, now: Callable[[], float]) -> None:
        self._idle_seconds, self._now = idle_seconds, now
        self._newest, self._seen_at = -1, 0.0

    def see(self, stamp: BlockStamp) -> None:
        """Note a block that was read."""
        if stamp.number != self._newest:
            self._newest, self._seen_at = stamp.number, self._now()

    @property
    def seconds(self) -> float:
        """How long ago the newest block was first seen."""
        return self._now() - self._seen_at

    @property
    def is_idle(self) -> bool:
        """Whether the chain has made no block for too long."""
        return self.seconds >= self._idle_seconds
