"""A node with a transaction pool and a clock, for everything that can happen to a transaction."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_utils.crypto import keccak
from hexbytes import HexBytes

from fedjury.chain.transactions.call import ContractCall
from fedjury.chain.transactions.fees import GWEI
from fedjury.chain.transactions.sender import TransactionSender
from tests.support.fake_node import FakeNode, Refusal, chain_on

ACCOUNT: LocalAccount = Account.from_key(b"\1" * 32)
TO = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
CALL = ContractCall("submitUpdate", TO, b"\1\2\3\4")
REVERT = Refusal("execution reverted", 3, "0x" + keccak(text="ZeroDigest()")[:4].hex())
BLOCK_HASH = "0x" + "1" * 64
GAS_USED = 45_000
OUTAGE = requests.ConnectionError()


@dataclass
class Pool:
    """A node, and the one account that sends transactions to it; tests set what the node does.

    Attributes:
        now: seconds on the clock, which only sleeping moves.
        nonce: the account's by the latest state.
        status: of receipts, 1 for done and 0 for reverted.
        base_fee: of the newest block, in wei; None on a chain without EIP-1559.
        head: number of the newest block.
        balance: the account's, in wei.
        sent: the transactions that the node took, in order.
        held: hashes of those that it still has.
        mined: receipts by transaction hash.
        mine: whether the newest transaction sent is to be mined now.
        on_send: may return or raise what eth_sendRawTransaction answers for a transaction.
        down: whether every request fails.
        call: answers eth_call at a block.
    """

    now: float = 0.0
    nonce: int = 7
    status: int = 1
    base_fee: int | None = 10 * GWEI
    head: int = 16
    balance: int = 10**18
    sent: list[dict[str, Any]] = field(default_factory=list)
    held: set[str] = field(default_factory=set)
    mined: dict[str, Any] = field(default_factory=dict)
    mine: Callable[["Pool"], bool] = lambda pool: True
    on_send: Callable[["Pool", dict[str, Any]], Any] = lambda pool, transaction: None
    down: Callable[["Pool"], bool] = lambda pool: False
    call: Callable[["Pool", str], Any] = lambda pool, block: "0x"

    def __post_init__(self) -> None:
        self.node = FakeNode(
            eth_call=self._up(lambda _, block: self.call(self, block)),
            eth_estimateGas=self._up(lambda *_: "0xc350"),
            eth_getTransactionCount=self._up(self._count),
            eth_getBlockByNumber=self._up(self._block),
            eth_maxPriorityFeePerGas=self._up(lambda: hex(GWEI)),
            eth_getBalance=self._up(lambda *_: hex(self.balance)),
            eth_gasPrice=self._up(lambda: hex(20 * GWEI)),
            eth_sendRawTransaction=self._up(self._send),
            eth_getTransactionReceipt=self._up(self._receipt),
            eth_getTransactionByHash=self._up(lambda hash: {} if hash in self.held else None),
        )

    def sender(self, **options: Any) -> TransactionSender:
        """A sender on this pool, that sleeps by this pool's clock."""
        return TransactionSender(
            chain_on(self.node), ACCOUNT, clock=lambda: self.now, sleep=self._sleep, **options
        )

    @property
    def caps(self) -> list[int]:
        """The fee caps of what was sent, in wei."""
        return [sent.get("maxFeePerGas") or sent["gasPrice"] for sent in self.sent]

    def undo(self, transactions: int = 1) -> None:
        """A reorganization: nothing of ours is mined or pending, the account's nonce is lower."""
        self.nonce -= transactions
        self.mined.clear()
        self.held.clear()

    def take(self, hash: str) -> None:
        """Mine the transaction of this hash."""
        self.nonce += 1
        self.held.add(hash)
        self.mined[hash] = {
            "transactionHash": hash,
            "blockNumber": "0x10",
            "blockHash": BLOCK_HASH,
            "gasUsed": hex(GAS_USED),
            "status": hex(self.status),
            "contractAddress": None,
            "logs": [],
        }

    def _sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds

    def _up(self, answer: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *params: OUTAGE if self.down(self) else answer(*params)

    def _count(self, address: str, block: str) -> str:
        assert (address, block) == (ACCOUNT.address, "latest")
        self._advance()
        return hex(self.nonce)

    def _advance(self) -> None:
        if self.sent and not self.mined and self.mine(self) and self.sent[-1]["hash"] in self.held:
            self.take(self.sent[-1]["hash"])

    def _block(self, *_: object) -> dict[str, Any]:
        base = {} if self.base_fee is None else {"baseFeePerGas": hex(self.base_fee)}
        return {"number": hex(self.head), "hash": BLOCK_HASH, "timestamp": "0x1", **base}

    def _send(self, raw: str) -> Any:
        transaction = {**decode(raw), "hash": "0x" + keccak(hexstr=raw).hex()}
        answer = self.on_send(self, transaction)
        if isinstance(answer, Refusal):
            return answer
        self.sent.append(transaction)
        self.held.add(transaction["hash"])
        return answer if isinstance(answer, Exception) else transaction["hash"]

    def _receipt(self, hash: str) -> Any:
        self._advance()
        return self.mined.get(hash)


def decode(raw: str) -> dict[str, Any]:
    """A signed transaction's fields; of a legacy one, nonce and price."""
    if raw.startswith("0x02"):
        return TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
    # a legacy one is an RLP list: behind its head a nonce of one byte, then the price's length
    body = bytes.fromhex(raw[2:])
    body = body[1 + body[0] - 0xF7 :] if body[0] > 0xF7 else body[1:]
    size = body[1] - 0x80
    return {"nonce": body[0], "gasPrice": int.from_bytes(body[2 : 2 + size])}
