"""Blocks that reads are pinned to."""

from dataclasses import dataclass
from typing import Literal

BlockTag = Literal["finalized", "safe"]


@dataclass(frozen=True)
class BlockStamp:
    """A block to pin reads to: its number, its hash, its time in Unix seconds."""

    number: int
    hash: bytes
    timestamp: int
