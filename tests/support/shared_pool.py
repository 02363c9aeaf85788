"""Several nodes of one chain with a transaction pool, each of which may tell what is not so."""

from typing import Any

from web3 import Web3

from fedjury.chain.nodes.failover import FailoverChain
from fedjury.chain.nodes.node import Node
from fedjury.chain.nodes.pool import NodePool
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.transactions.sender import TransactionSender
from tests.support.fake_node import CHAIN_ID, FakeNode, Refusal
from tests.support.fake_pool import ACCOUNT, Pool
from tests.support.recorder import Recorder
from tests.support.several_nodes import inline


def next_is_sent(pool: Pool) -> bool:
    """Whether what was sent last has no gap before it."""
    return bool(pool.sent[-1]["nonce"] == pool.nonce)


class SharedPool:
    """One pool behind several nodes, which takes transactions as a node does: by their nonces.

    Attributes:
        pool: what is so.
        nodes: through which it is asked; tests change their answers.
        told: what the listener of the nodes was told.
    """

    def __init__(self, nodes: int) -> None:
        self.pool = Pool(mine=next_is_sent, on_send=self._take)
        self.nodes = [FakeNode(**self.pool.node.answers) for _ in range(nodes)]
        for node in self.nodes:
            node.answers["eth_getBlockByNumber"] = self._block
        self.told = Recorder()
        made = [
            Node(name, self._connector(node), lambda: self.pool.now)
            for name, node in zip("abcd", self.nodes, strict=False)
        ]
        self._pool = NodePool(made, CHAIN_ID, self.told, now=lambda: self.pool.now, run=inline)
        self._pool.open()
        self.chain = FailoverChain(self._pool, Web3(self.nodes[0], middleware=[]))

    def tell_nonces(self, *added: int) -> None:
        """Have each node tell an account's next nonce that is so much more than the true one."""
        for node, more in zip(self.nodes, added, strict=True):
            node.answers["eth_getTransactionCount"] = self._teller(more)

    def sender(self, **options: Any) -> TransactionSender:
        """A sender that asks these nodes, and sleeps by the pool's clock."""
        return TransactionSender(
            self.chain, ACCOUNT, clock=lambda: self.pool.now, sleep=self._sleep, **options
        )

    @property
    def nonces(self) -> list[int]:
        """The nonces of what was taken, each once, in order."""
        return list(dict.fromkeys(sent["nonce"] for sent in self.pool.sent))

    def _teller(self, more: int) -> Any:
        count = self.pool.node.answers["eth_getTransactionCount"]
        return lambda *params: hex(int(count(*params), 16) + more)

    def _take(self, pool: Pool, transaction: dict[str, Any]) -> Any:
        return Refusal("nonce too low") if transaction["nonce"] < pool.nonce else None

    def _block(self, which: str, _: bool) -> Any:
        block = self.pool.node.answers["eth_getBlockByNumber"]()
        if isinstance(block, dict) and which != "latest":
            block = {**block, "number": which}
        return block

    def _sleep(self, seconds: float) -> None:
        self.pool.now += seconds

    @staticmethod
    def _connector(node: FakeNode) -> Any:
        return lambda: Chain(Web3(node, middleware=[]), "http://node.example")
