"""Reading one block from several nodes, of which each may lag, or have another block in its place.

A cycle reads a block and then what the contract holds in it and which events led to it. A node
that does not have the block yet answers with no events at all, and one on another branch with
others. So before a node is asked about a numbered block, it has to have the block that was read:
the nearest one at or above the number, which has the same blocks below it.
"""

import threading
from collections.abc import Sequence

from fedjury.chain.nodes.node import Node
from fedjury.chain.rpc import json_rpc
from fedjury.errors import ChainUnavailable


class LacksBlock(ChainUnavailable):
    """The node does not have the block that is read, or has another one in its place."""


class Looked:
    """The blocks that were read since the newest one was asked for; safe to share by threads."""

    def __init__(self) -> None:
        self._hashes: dict[int, bytes] = {}
        self._lock = threading.Lock()

    def note(self, node: Node, method: str, params: Sequence[object], result: object) -> None:
        """Remember the block that a node answered with, if it did."""
        if method != "eth_getBlockByNumber":
            return
        block = json_rpc.mapping(result, "a block")
        number = json_rpc.quantity(block.get("number"), "a block's number")
        found = json_rpc.data(block.get("hash"), "a block's hash", 32)
        with self._lock:
            if numbered_block(method, params) is None:
                self._hashes.clear()
            self._hashes[number] = found

    def require(self, node: Node, method: str, params: Sequence[object]) -> None:
        """Make sure that a node has the block that a request is about.

        Raises:
            LacksBlock: it has not, or another one.
            ChainUnavailable: no usable answer.
        """
        wanted = numbered_block(method, params)
        if wanted is None:
            return
        nearest = self._nearest(wanted)
        if nearest is not None:
            self._require_same(node, *nearest)
        if method == "eth_getBlockByNumber" or (nearest is not None and nearest[0] >= wanted):
            return
        if node.head is None or node.head.number < wanted:
            head = node.newest()
            if head.number < wanted:
                raise LacksBlock(f"{node.shown} is at block {head.number}, before block {wanted}")

    def _nearest(self, wanted: int) -> tuple[int, bytes] | None:
        """The lowest known block that is not below a number; or else the highest one."""
        with self._lock:
            above = [number for number in self._hashes if number >= wanted]
            number = min(above) if above else max(self._hashes, default=None)
            return None if number is None else (number, self._hashes[number])

    def _require_same(self, node: Node, number: int, expected: bytes) -> None:
        if node.seen.get(number) == expected:
            return
        found = node.hash_at(number)
        if found is None:
            raise LacksBlock(f"{node.shown} does not have block {number} yet")
        if found != expected:
            raise LacksBlock(f"{node.shown} has another block {number} than the one that is read")


def numbered_block(method: str, params: Sequence[object]) -> int | None:
    """The number of the block that a request is about; None for a tag, or no block."""
    said: object = None
    if method == "eth_getBlockByNumber":
        said = params[0]
    elif method == "eth_getLogs" and isinstance(params[0], dict):
        said = params[0].get("toBlock")
    elif method in _BLOCK_LAST and len(params) > 1:
        said = params[-1]
    if isinstance(said, str) and said.startswith("0x"):
        return json_rpc.quantity(said, "a block's number")
    return None


_BLOCK_LAST = frozenset(
    {"eth_call", "eth_getCode", "eth_getBalance", "eth_getTransactionCount", "eth_estimateGas"}
)
