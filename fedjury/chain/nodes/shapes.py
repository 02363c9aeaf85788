"""Whether an answer can be one at all: what cannot shows a node that does not work."""

from collections.abc import Callable, Mapping

from fedjury.chain.rpc import json_rpc
from fedjury.chain.rpc.logs import parse_log

NULLABLE = frozenset(
    {"eth_getBlockByNumber", "eth_getTransactionReceipt", "eth_getTransactionByHash"}
)
"""Methods that answer null for what the node does not have."""


OPTIONAL = frozenset({"eth_maxPriorityFeePerGas"})
"""Methods that a node may lack, and say so in whatever manner, and still be a good one."""


def require_shape(method: str, result: object) -> None:
    """Check the shape of a method's result, where the method is known here and it is not null.

    Raises:
        ChainUnavailable: the node answers garbage.
    """
    check = _CHECKS.get(method)
    if check is not None and (result is not None or method not in NULLABLE):
        check(result)


def is_nothing(method: str, result: object) -> bool:
    """Whether a result says no more than that this node does not have it: another may."""
    if result is None:
        return method in NULLABLE
    return method == "eth_call" and result == "0x"


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
