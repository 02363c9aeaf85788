"""How fast a chain makes blocks, and how old a block is by the time it has its confirmations."""

import statistics
from itertools import pairwise

from fedjury.chain.rpc.block import BlockTag
from fedjury.chain.rpc.connection import Chain
from fedjury.errors import ChainUnavailable

INTERVALS = 16
FEWEST = 8
_LIKE = 2.0  # an interval is like another that is not more than so many times as long or short


def block_interval(chain: Chain) -> float | None:
    """Median seconds between the newest blocks.

    Returns:
        None where it cannot be told: there are few blocks yet, or they keep no pace, as on a
        development chain that makes them only for transactions.

    Raises:
        ChainUnavailable: no usable answer.
    """
    newest = chain.block()
    count = min(INTERVALS, newest.number)
    if count < FEWEST:
        return None
    earlier = [chain.block_at(newest.number - back).timestamp for back in range(1, count + 1)]
    times = [newest.timestamp, *earlier]
    intervals = [later - before for later, before in pairwise(times)]
    median = statistics.median(intervals)
    like = [each for each in intervals if median / _LIKE <= each <= median * _LIKE]
    return median if 2 * len(like) >= count else None


def confirmation_seconds(chain: Chain, confirmations: int | BlockTag) -> float | None:
    """Seconds from a block's time until it is as deep as these confirmations.

    Returns:
        None where it cannot be told: as of `block_interval`, or the node does not know the tag.

    Raises:
        ChainUnavailable: no usable answer to anything else.
    """
    if confirmations == 0:
        return 0.0
    interval = block_interval(chain)
    depth = _depth(chain, confirmations)
    return None if interval is None or depth is None else depth * interval


def _depth(chain: Chain, confirmations: int | BlockTag) -> int | None:
    if isinstance(confirmations, int):
        return confirmations
    try:
        tagged = chain.block(confirmations).number
    except ChainUnavailable:
        return None
    return max(0, chain.block().number - tagged)
