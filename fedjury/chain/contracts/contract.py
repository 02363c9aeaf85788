"""What the wrappers of both contracts share: pinned reads and prepared calls."""

from typing import Any, Self

from eth_utils.address import is_address, to_checksum_address

from fedjury.chain.abi.codec import Abi, abi_of
from fedjury.chain.rpc import json_rpc
from fedjury.chain.rpc.block import BlockStamp
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.transactions.call import ContractCall
from fedjury.errors import ConfigError, NoContract, TransactionReverted, UnexpectedAnswer


class Contract:
    """A contract at an address; subclasses name its functions.

    Attributes:
        abi_name: name of the contract's artifact.
        kind: what the contract is, for errors.
    """

    abi_name: str
    kind: str

    def __init__(self, chain: Chain, address: str) -> None:
        if not is_address(address):
            raise ConfigError(f"{address!r} is not an address: 0x and 40 hexadecimal digits")
        self.chain = chain
        self.address: str = to_checksum_address(address)

    @classmethod
    def at(cls, chain: Chain, address: str) -> Self:
        """The contract at an address, after checking that it is one of this kind.

        Raises:
            ConfigError: not an address.
            NoContract: no contract is there, or another one.
            ChainUnavailable: no usable answer.
        """
        contract = cls(chain, address)
        contract.require_code()
        try:
            contract.prove_kind()
        except (TransactionReverted, UnexpectedAnswer, NoContract) as error:
            raise NoContract(
                f"the contract at {contract.address} on chain {chain.chain_id} "
                f"is no fedjury {cls.kind}"
            ) from error
        return contract

    def prove_kind(self) -> None:
        """Ask what only a contract of this kind answers; subclasses say what that is.

        Raises:
            NoContract, TransactionReverted, UnexpectedAnswer: it is another contract.
        """

    @property
    def abi(self) -> Abi:
        """The contract's ABI."""
        return abi_of(self.abi_name)

    def __repr__(self) -> str:
        return f"{self.abi_name}({self.address!r}, chain_id={self.chain.chain_id})"

    def read(self, function: str, *arguments: object, at: BlockStamp | None = None) -> Any:
        """Call a view, at a block or at the newest one; several values come as a tuple.

        Raises:
            ChainUnavailable: no usable answer (UnexpectedAnswer: not one of this function).
            TransactionReverted: the contract refuses the arguments.
        """
        call = {
            "to": self.address,
            "data": "0x" + self.abi.encode_call(function, arguments).hex(),
        }
        block = hex(at.number) if at else "latest"
        what = f"{self.abi_name}.{function}()"
        result = json_rpc.data(self.chain.request("eth_call", call, block), what)
        if not result:
            # not NoContract: a node that lags behind says the same of a contract just created
            raise UnexpectedAnswer(f"{what} of {self.address} answers nothing at block {block}")
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
        if not json_rpc.data(answer, "a contract's code"):
            raise NoContract(
                f"there is no contract at {self.address} on chain {self.chain.chain_id}: "
                f"check the address and the RPC URL"
            )
