"""When blocks were made, each asked for once."""

from collections.abc import Callable
from functools import cache

from fedjury.chain.rpc.connection import Chain

BlockTime = Callable[[int], int]
"""The time of the block of this number, in Unix seconds; raises ChainUnavailable."""


def block_times(chain: Chain) -> BlockTime:
    """What gives the times of a chain's blocks."""
    return cache(lambda number: chain.block_at(number).timestamp)
