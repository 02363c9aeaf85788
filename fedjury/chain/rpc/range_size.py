"""How many blocks to ask a node for at once."""

RANGE_BLOCKS = 2_000
_RARELY = 64


class RangeSize:
    """A number of blocks that is halved when refused and doubled after some successes.

    A size that was refused is tried again after ever more successes, so that a node with a fixed
    limit is not asked for too much again and again, while a few crowded blocks do not make all the
    others cost a request each.

    Args:
        largest: what to begin with, and never to exceed.

    Attributes:
        blocks: to ask for next.
    """

    def __init__(self, largest: int) -> None:
        self.blocks = largest
        self._largest = largest
        self._successes, self._needed = 0, 2
        self._trying = False

    def refused(self, blocks: int) -> None:
        """The node did not serve so many."""
        if self._trying:
            self._needed = min(2 * self._needed, _RARELY)
        self._trying, self._successes = False, 0
        self.blocks = max(1, blocks // 2)

    def served(self, blocks: int) -> None:
        """The node served so many."""
        if blocks < self.blocks:
            return  # which says nothing of more
        if self._trying:
            self._needed = 2
        self._trying = False
        self._successes += 1
        if self._successes >= self._needed and self.blocks < self._largest:
            self.blocks = min(2 * self.blocks, self._largest)
            self._successes, self._trying = 0, True
