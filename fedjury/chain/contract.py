"""What the wrappers of both contracts share: pinned reads and prepared calls."""

from dataclasses import dataclass
from typing import Any

from eth_utils.address import is_address, to_checksum_address

from fedjury.chain import wire
from fedjury.chain.abi import Abi, abi_of
from fedjury.chain.connection import Chain
from fedjury.chain.failures import OddAnswer
from fedjury.chain.types import BlockStamp
from fedjury.errors import ConfigError, NoContract


@dataclass(frozen=True)
class ContractCall:
    """A state-changing call, ready for a TransactionSender.

    Attributes:
        name: the function's own name, for logs and errors.
        to: the contract; None creates one.
        data: the call data, or the creation code.
        value: wei to send along.
    """

    name: str
    to: str | None
    data: bytes
    value: int = 0


class Contract:
    """A contract at an address; subclasses name its functions."""

    abi_name: str

    def __init__(self, chain: Chain, address: str) -> None:
        if not is_address(address):
            raise ConfigError(f"{address!r} is not an address: 0x and 40 hexadecimal digits")
        self.chain = chain
        self.address: str = to_checksum_address(address)

    @property
    def abi(self) -> Abi:
        """The contract's ABI."""
        return abi_of(self.abi_name)

    def __repr__(self) -> str:
        return f"{self.abi_name}({self.address!r}, chain_id={self.chain.chain_id})"

    def read(self, function: str, *arguments: object, at: BlockStamp | None = None) -> Any:
        """Call a view, at a block or at the newest one; several values come as a tuple.

        Raises:
            ChainUnavailable: no usable answer (OddAnswer: not one of this function).
            TransactionReverted: the contract refuses the arguments.
        """
        call = {
            "to": self.address,
            "data": "0x" + self.abi.encode_call(function, arguments).hex(),
        }
        block = hex(at.number) if at else "latest"
        what = f"{self.abi_name}.{function}()"
        result = wire.data(self.chain.request("eth_call", call, block), what)
        if not result:
            # not NoContract: a node that lags behind says the same of a contract just created
            raise OddAnswer(f"{what} of {self.address} answers nothing at block {block}")
        values = self.abi.decode_result(function, result)
        return values if len(values) > 1 else values[0]

    def prepare(self, function: str, *arguments: object) -> ContractCall:
        """A call of a state-changing function, for a TransactionSender."""
        return ContractCall(function, self.address, self.abi.encode_call(function, arguments))

    def require_code(self) -> None:
        """Check that there is a contract at the address at all.

        Raises:
            NoContract: there is none on this chain.
            ChainUnavailable: no usable answer.
        """
        answer = self.chain.request("eth_getCode", self.address, "latest")
        if not wire.data(answer, "a contract's code"):
            raise NoContract(
                f"there is no contract at {self.address} on chain {self.chain.chain_id}: "
                f"check the address and the RPC URL"
            )
