"""Receipts of mined transactions."""

from dataclasses import dataclass

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
    """

    transaction_hash: bytes
    block_number: int
    gas_used: int
    status: int
    contract_address: str | None = None
    logs: tuple[Log, ...] = ()


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
    )


def _address(value: object) -> str | None:
    if value is None or value == "":
        return None
    return to_checksum_address(json_rpc.data(value, "a created contract's address", 20))
