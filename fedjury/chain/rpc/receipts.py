"""Receipts of mined transactions."""

from collections import Counter
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
    return parse_receipt(answer, transaction_hash) if is_mined(answer) else None


def find_receipts(chain: Chain, transaction_hash: bytes) -> list[Receipt]:
    """The receipts of a transaction, of which several nodes may tell different ones.

    Returns:
        What most nodes tell first; none while it is not mined.

    Raises:
        ChainUnavailable: no usable answer.
    """
    answers = chain.request_each("eth_getTransactionReceipt", "0x" + transaction_hash.hex())
    told = Counter(parse_receipt(each, transaction_hash) for each in answers if is_mined(each))
    return [receipt for receipt, _ in told.most_common()]


def is_mined(answer: object) -> bool:
    """Whether what a node answers is the receipt of something mined.

    Raises:
        ChainUnavailable: it is none at all.
    """
    if answer is None:
        return False
    # some nodes describe pending transactions by receipts without a block
    return json_rpc.mapping(answer, "a receipt").get("blockNumber") is not None


def parse_receipt(answer: object, transaction_hash: bytes) -> Receipt:
    """Check a receipt's shape.

    Raises:
        ChainUnavailable: it is not one of this transaction.
    """
    raw = json_rpc.mapping(answer, "a receipt")
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
