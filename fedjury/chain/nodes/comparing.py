"""Which nodes stand still, and which of those that differ to believe. Pure: asks nobody."""

from collections.abc import Collection, Hashable, Mapping
from typing import TypeVar

from fedjury.chain.rpc.block import BlockStamp

BEHIND_BLOCKS = 8
BEHIND_SECONDS = 60
"""A node stands still whose newest block is behind another's by more than both."""

DEEP = 64
"""Blocks below the newest that no ordinary reorganization reaches."""

T = TypeVar("T", bound=Hashable)


def is_behind(head: BlockStamp, best: BlockStamp) -> bool:
    """Whether a node stands still, by its newest block and the newest of all nodes."""
    blocks, seconds = best.number - head.number, best.timestamp - head.timestamp
    return blocks > BEHIND_BLOCKS and seconds > BEHIND_SECONDS


def compared_height(heads: Collection[BlockStamp]) -> int:
    """The block that nodes are compared at, by their newest ones: deep below the lowest.

    It is the first block of a chain that is not so long, of which nothing else is compared then.
    """
    return max(0, min(head.number for head in heads) - DEEP)


def majority(marks: Mapping[T, object], of: int) -> set[T]:
    """Those that agree on a mark and are more than half of so many; nobody where there are none."""
    for mark in set(marks.values()):
        group = {each for each, found in marks.items() if found == mark}
        if 2 * len(group) > of:
            return group
    return set()
