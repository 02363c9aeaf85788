"""Several nodes without sockets, each with a chain of its own that tests move and break."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from web3 import Web3

from fedjury.chain.nodes.failover import FailoverChain
from fedjury.chain.nodes.node import Node
from fedjury.chain.nodes.pool import NodePool
from fedjury.chain.rpc.connection import Chain
from fedjury.errors import ChainUnavailable
from fedjury.runtime.patience import Patience
from tests.support.fake_node import CHAIN_ID, FakeNode, Refusal
from tests.support.recorder import Recorder

SECONDS = 12  # between blocks


class NeverAnswers(BaseException):
    """What a request to a hanging node raises instead of taking for ever."""


def inline(work: Callable[[], None], workers: int, seconds: float) -> None:
    """As `side_by_side`, one after the other in this thread, without what never ends."""
    for _ in range(workers):
        with suppress(NeverAnswers):
            work()


class SimulatedNode(FakeNode):
    """A node with blocks from 0 to its height; branches differ from a block on.

    Attributes:
        height: number of its newest block.
        branch: what its blocks' hashes have in them, from block `since` on.
        is_down: whether it answers nothing.
        hangs: whether it lets requests wait for ever.
    """

    def __init__(self, name: str, height: int) -> None:
        self.receipts: dict[str, Any] = {}
        self.nonce = 0
        super().__init__(
            eth_getBlockByNumber=self._block,
            eth_call=lambda call, block: "0x" + name.encode().hex(),
            eth_getLogs=lambda query: [],
            eth_getCode=lambda address, block: "0x6001",
            eth_getTransactionCount=lambda address, block: hex(self.nonce),
            eth_getTransactionReceipt=self.receipts.get,
        )
        self.name, self.height, self.branch, self.since = name, height, "", 0
        self.is_down = self.hangs = False

    def make_request(self, method: Any, params: Any) -> Any:
        if self.hangs:
            raise NeverAnswers
        if self.is_down:
            self.asked.append((method, list(params)))
            raise ConnectionError("down")
        return super().make_request(method, params)

    def hash_of(self, number: int) -> bytes:
        """The hash of a block."""
        branch = self.branch.encode() if number >= self.since else b""
        return branch.ljust(16, b"\0") + number.to_bytes(16, "big")

    def _block(self, which: str, _: bool) -> dict[str, str] | Refusal | None:
        number = self.height if which == "latest" else int(which, 16)
        if number > self.height:
            return None
        return {
            "number": hex(number),
            "hash": "0x" + self.hash_of(number).hex(),
            "timestamp": hex(1_000_000 + number * SECONDS),
        }


class SeveralNodes:
    """A chain through several simulated nodes.

    Attributes:
        nodes: in the user's order; named a, b, c.
        now: the time by which nodes rest; tests move it.
        wall: this machine's clock, Unix seconds; the blocks' time is that of 1970, long past.
        told: what the listener was told.
    """

    def __init__(
        self, count: int, height: int = 1_000, expected_chain_id: int | None = CHAIN_ID
    ) -> None:
        self.nodes = [SimulatedNode("abc"[index], height) for index in range(count)]
        self.now, self.wall = 0.0, time.time()
        self.told = Recorder()
        made = [Node(each.name, self._connector(each), lambda: self.now) for each in self.nodes]
        self.pool = NodePool(
            made,
            expected_chain_id,
            self.told,
            now=lambda: self.now,
            wall=lambda: self.wall,
            run=inline,
        )

    def chain(self, patience: Patience | None = None) -> FailoverChain:
        """The chain, after the first look at all nodes."""
        self.pool.open()
        return FailoverChain(self.pool, Web3(self.nodes[0], middleware=[]), patience)

    def pass_seconds(self, seconds: float) -> None:
        """Let time pass for what rests, and blocks be made by nobody."""
        self.now += seconds
        self.wall += seconds

    def asked(self, chain: Chain) -> str:
        """Which node answers a request about the newest state."""
        data = chain.request("eth_call", {}, "latest")
        return bytes.fromhex(data[2:]).decode()

    @staticmethod
    def _connector(node: SimulatedNode) -> Callable[[], Chain]:
        def connect() -> Chain:
            try:
                return Chain(Web3(node, middleware=[]), f"http://{node.name}.example")
            except OSError as error:
                raise ChainUnavailable(str(error)) from error

        return connect
