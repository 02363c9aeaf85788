"""Whether an answer can be one at all: what cannot shows a node that does not work."""

from collections.abc import Callable, Mapping, Sequence

from fedjury.chain.rpc import json_rpc
from fedjury.chain.rpc.logs import parse_log
from fedjury.chain.rpc.receipts import is_mined, parse_receipt
from fedjury.errors import ChainUnavailable

NULLABLE = frozenset(
    {"eth_getBlockByNumber", "eth_getTransactionReceipt", "eth_getTransactionByHash"}
)
"""Methods that answer null for what the node does not have."""


OPTIONAL = frozenset({"eth_maxPriorityFeePerGas"})
"""Methods that a node may lack, and say so in whatever manner, and still be a good one."""


def require_shape(method: str, params: Sequence[object], result: object) -> None:
    """Check the shape of a method's result, where the method is known here and it is not null.

    Raises:
        ChainUnavailable: the node answers garbage, or tells of another block or transaction than
            it was asked about.
    """
    if result is None and method in NULLABLE:
        return
    check = _CHECKS.get(method)
    if check is not None:
        check(result)
    if method == "eth_getBlockByNumber":
        _require_number(params[0], result)
    elif method == "eth_getTransactionReceipt" and is_mined(result):
        parse_receipt(result, json_rpc.data(params[0], "a transaction's hash", 32))


def is_nothing(method: str, result: object) -> bool:
    """Whether a result says no more than that this node does not have it: another may."""
    if result is None:
        return method in NULLABLE
    if method == "eth_getTransactionReceipt":
        return not is_mined(result)
    return method == "eth_call" and result == "0x"


def _require_number(asked: object, block: object) -> None:
    if isinstance(asked, str) and asked.startswith("0x"):
        found = json_rpc.quantity(
            json_rpc.mapping(block, "a block").get("number"), "a block's number"
        )
        if found != int(asked, 16):
            raise ChainUnavailable(f"the node answers with block {found}, not {int(asked, 16)}")


def _quantity(result: object) -> None:
    json_rpc.quantity(result, "a number")


def _nonce(result: object) -> None:
    json_rpc.quantity(result, "a transaction count", json_rpc.MOST_NONCE)


def _data(result: object) -> None:
    json_rpc.data(result, "data")


def _block(result: object) -> None:
    block = json_rpc.mapping(result, "a block")
    json_rpc.quantity(block.get("number"), "a block's number")
    json_rpc.data(block.get("hash"), "a block's hash", 32)
    json_rpc.quantity(block.get("timestamp"), "a block's time")
    if block.get("baseFeePerGas") is not None:
        json_rpc.quantity(block["baseFeePerGas"], "a block's base fee")


def _logs(result: object) -> None:
    for each in json_rpc.array(result, "logs"):
        parse_log(each)


def _mapping(result: object) -> None:
    json_rpc.mapping(result, "a transaction")


_CHECKS: Mapping[str, Callable[[object], None]] = {
    "eth_chainId": _quantity,
    "eth_blockNumber": _quantity,
    "eth_getTransactionCount": _nonce,
    "eth_getBalance": _quantity,
    "eth_estimateGas": _quantity,
    "eth_gasPrice": _quantity,
    "eth_maxPriorityFeePerGas": _quantity,
    "eth_call": _data,
    "eth_getCode": _data,
    "eth_getBlockByNumber": _block,
    "eth_getLogs": _logs,
    "eth_getTransactionReceipt": _mapping,
    "eth_getTransactionByHash": _mapping,
}
