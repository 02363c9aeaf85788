"""One of the nodes through which a chain is reached."""

import threading
from collections.abc import Callable
from enum import Enum, auto
from typing import Any

from fedjury.chain.nodes.shapes import OPTIONAL, require_shape
from fedjury.chain.rpc import json_rpc
from fedjury.chain.rpc.block import BlockStamp
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.range_size import RANGE_BLOCKS, RangeSize
from fedjury.errors import ChainUnavailable, WrongChain

FIRST_REST = 5.0
LONGEST_REST = 300.0
LAST_REST = 1.0  # where no other node can be asked: somebody may have a deadline
_MOST_SEEN = 1_000


class Doubt(Enum):
    """Whether a node is believed."""

    NONE = auto()
    """Nothing speaks against it."""
    OPEN = auto()
    """It and others differ, and no more than half of all agree."""
    OUTVOTED = auto()
    """More than half of all agree, and it differs from them."""


class Node:
    """An RPC endpoint with what is known of it.

    Args:
        shown: the endpoint as people may see it.
        connect: connects to it; raises ChainUnavailable, WrongChain.
        now: seconds that only ever grow.

    Attributes:
        chain: the connection; None until there is one.
        log_ranges: how many blocks' logs to ask it for at once.
        head: its newest block, as last seen.
        head_at: when that was.
        seen: hashes of blocks that it told, by their number.
        out: why it is not asked now; empty while it is.
        rests_until: when to look at it again, while it is not asked and another one can be.
        last_until: the same where no other one can be.
        doubt: whether it is believed.
    """

    def __init__(self, shown: str, connect: Callable[[], Chain], now: Callable[[], float]) -> None:
        self.shown, self._connect, self._now = shown, connect, now
        self.chain: Chain | None = None
        self.log_ranges = RangeSize(RANGE_BLOCKS)
        self.head: BlockStamp | None = None
        self.head_at = float("-inf")
        self.seen: dict[int, bytes] = {}
        self.out = "not asked yet"
        self.rests_until = self.last_until = float("-inf")
        self.doubt = Doubt.NONE
        self._codes: dict[str, bytes] = {}
        self._unanswered_until: dict[str, float] = {}  # by method that it may do without
        self._lock = threading.Lock()
        self._failures, self._back_at = 0, float("-inf")

    def __repr__(self) -> str:
        return f"Node({self.shown!r})"

    def ask(self, method: str, *params: object) -> Any:
        """Send a request once, and check the shape of what comes.

        Raises:
            ChainUnavailable: no usable answer (NodeError: the node's own refusal).
            TransactionReverted: a contract refuses the call.
            WrongChain: it is a node of another chain.
        """
        if self.chain is None:
            self.chain = self._connect()
        if self._now() < self._unanswered_until.get(method, float("-inf")):
            error = ChainUnavailable(f"{self.shown} did not answer {method} in time lately")
            error.timed_out = True
            raise error
        try:
            result = self.chain.ask(method, *params)
        except ChainUnavailable as error:
            if error.timed_out and method in OPTIONAL:
                self._unanswered_until[method] = self._now() + LONGEST_REST
            raise
        require_shape(method, params, result)
        if method == "eth_getBlockByNumber" and result is not None:
            self._see(_stamp(result), newest=params[0] == "latest")
        return result

    def chain_id(self) -> int:
        """The number of its chain, asked anew.

        Raises:
            ChainUnavailable: no usable answer.
            WrongChain: it is another one than it was, or than it should be.
        """
        found = json_rpc.quantity(self.ask("eth_chainId"), "the chain id")
        if self.chain is not None and found != self.chain.chain_id:
            raise WrongChain(f"{self.shown} serves chain {found}, not {self.chain.chain_id}")
        return found

    def newest(self) -> BlockStamp:
        """Its newest block. Raises ChainUnavailable."""
        answer = self.ask("eth_getBlockByNumber", "latest", False)
        if answer is None:
            raise ChainUnavailable(f"{self.shown} has no newest block")
        return _stamp(answer)

    def hash_at(self, number: int) -> bytes | None:
        """The hash of its block of this number; None where it has none. Raises ChainUnavailable."""
        answer = self.ask("eth_getBlockByNumber", hex(number), False)
        return None if answer is None else _stamp(answer).hash

    def code(self, address: str) -> bytes:
        """A contract's code, which never changes once it is there; empty where it is not.

        Raises:
            ChainUnavailable: no usable answer.
        """
        if address not in self._codes:
            code = json_rpc.data(self.ask("eth_getCode", address, "latest"), "code")
            if not code:
                return b""
            self._codes[address] = code
        return self._codes[address]

    def leave(self, reason: str, retry_after: float | None = None) -> float:
        """Ask it no more for a while, each time for longer; for how many seconds."""
        now = self._now()
        if now - self._back_at > LONGEST_REST:
            self._failures = 0
        asked = min(retry_after or 0.0, LONGEST_REST)
        self.last_until = now + max(LAST_REST, asked)
        if self.out and now < self.rests_until:  # it was looked at before, as no other one worked
            self.rests_until = max(self.rests_until, now + asked)
        else:
            rest = max(min(FIRST_REST * 2.0**self._failures, LONGEST_REST), asked)
            self._failures += 1
            self.rests_until = now + rest
        self.out = reason
        self._codes.clear()
        return self.rests_until - now

    def come_back(self) -> None:
        """Ask it again."""
        self.out, self._back_at = "", self._now()

    def _see(self, stamp: BlockStamp, *, newest: bool) -> None:
        with self._lock:
            self.seen[stamp.number] = stamp.hash
            while len(self.seen) > _MOST_SEEN:
                self.seen.pop(min(self.seen))
        if newest:
            self.head, self.head_at = stamp, self._now()


def _stamp(answer: object) -> BlockStamp:
    block = json_rpc.mapping(answer, "a block")
    return BlockStamp(
        number=json_rpc.quantity(block.get("number"), "a block's number"),
        hash=json_rpc.data(block.get("hash"), "a block's hash", 32),
        timestamp=json_rpc.quantity(block.get("timestamp"), "a block's time"),
    )
