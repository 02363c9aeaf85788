"""Receipts of mined transactions."""

from dataclasses import dataclass
from enum import Enum, auto

from eth_utils.address import to_checksum_address

from fedjury.chain.rpc import json_rpc
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.logs import Log, parse_log
from fedjury.errors import ChainUnavailable


@dataclass(frozen=True)
class Receipt:
    """What came of a mined transaction.

    Attributes:
        gas_used: in gas units.
        status: 1 for done, 0 for reverted.
        contract_address: the contract that the transaction created, if it did.
        block_hash: of its block; None where the node does not tell.
    """

    transaction_hash: bytes
    block_number: int
    gas_used: int
    status: int
    contract_address: str | None = None
    logs: tuple[Log, ...] = ()
    block_hash: bytes | None = None


class Standing(Enum):
    """Where the block of a receipt stands."""

    ON_CHAIN = auto()
    """The chain has it."""
    AHEAD = auto()
    """Its number is beyond the newest block's."""
    ORPHANED = auto()
    """The chain has another block of this number."""


def find_receipt(chain: Chain, transaction_hash: bytes) -> Receipt | None:
    """The receipt of a transaction; None while it is not mined.

    Raises:
        ChainUnavailable: no usable answer.
    """
    answer = chain.request("eth_getTransactionReceipt", "0x" + transaction_hash.hex())
    if answer is None:
        return None
    raw = json_rpc.mapping(answer, "a receipt")
    if raw.get("blockNumber") is None:
        return None  # some nodes describe pending transactions so
    found = json_rpc.data(raw.get("transactionHash"), "a receipt's transaction", 32)
    if found != transaction_hash:
        raise ChainUnavailable.garbage("a receipt's transaction", found.hex())
    return Receipt(
        transaction_hash=found,
        block_number=json_rpc.quantity(raw.get("blockNumber"), "a receipt's block number"),
        gas_used=json_rpc.quantity(raw.get("gasUsed"), "a receipt's gas"),
        status=json_rpc.quantity(raw.get("status"), "a receipt's status"),
        contract_address=_address(raw.get("contractAddress")),
        logs=tuple(map(parse_log, json_rpc.array(raw.get("logs"), "a receipt's logs"))),
        block_hash=_block_hash(raw.get("blockHash")),
    )


def standing(chain: Chain, receipt: Receipt) -> Standing:
    """Where the block of a receipt stands now.

    Raises:
        ChainUnavailable: no usable answer.
    """
    block = chain.block()
    if block.number < receipt.block_number:
        return Standing.AHEAD
    if block.number > receipt.block_number:
        block = chain.block_at(receipt.block_number)
    same = receipt.block_hash in (None, block.hash)
    return Standing.ON_CHAIN if same else Standing.ORPHANED


def _block_hash(value: object) -> bytes | None:
    return None if value is None else json_rpc.data(value, "a receipt's block hash", 32)


def _address(value: object) -> str | None:
    if value is None or value == "":
        return None
    return to_checksum_address(json_rpc.data(value, "a created contract's address", 20))
