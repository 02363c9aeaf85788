"""A chain of which only its blocks' times count, and what its accounts have."""

from typing import Any, cast

from fedjury.chain.rpc.block import BlockStamp
from fedjury.chain.rpc.connection import Chain
from fedjury.errors import ChainUnavailable


class PacedChain:
    """Blocks at given times.

    Attributes:
        times: of its blocks, Unix seconds; the last is the newest.
        balance: of every account, in wei.
        price: of a unit of gas, in wei.
        is_down: whether it answers nothing.
        asked: how many blocks were asked for.
    """

    def __init__(self, times: list[int]) -> None:
        self.times, self.balance, self.price = times, 10**18, 10**9
        self.is_down, self.asked = False, 0

    @property
    def as_chain(self) -> Chain:
        """The same, as what it stands in for."""
        return cast(Chain, self)

    def block(self, confirmations: int = 0) -> BlockStamp:
        """The newest block."""
        return self.block_at(len(self.times) - 1)

    def block_at(self, number: int) -> BlockStamp:
        """A block by its number."""
        if self.is_down:
            raise ChainUnavailable("the node is gone")
        self.asked += 1
        return BlockStamp(number, number.to_bytes(32, "big"), self.times[number])

    def request_each(self, method: str, *parameters: Any) -> list[Any]:
        """As Chain.request_each, of the one node that there is."""
        return [self.request(method, *parameters)]

    def request(self, method: str, *parameters: Any) -> object:
        """A balance, or what fees follow from: a chain without a base fee."""
        if self.is_down:
            raise ChainUnavailable("the node is gone")
        match method:
            case "eth_getBalance":
                return hex(self.balance)
            case "eth_getBlockByNumber":
                return {"baseFeePerGas": None}
            case "eth_gasPrice":
                return hex(self.price)
        raise AssertionError(method)
