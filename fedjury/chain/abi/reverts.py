"""Why a contract refused a call: finding and decoding revert data.

Nodes put it in different places. Geth, Anvil, Besu: `data` is the hex string. Ganache: the same for
eth_call, an object with `result` for eth_estimateGas, in old versions one object a transaction with
`return`. Hardhat: an object with `data`. OpenEthereum and Nethermind: "Reverted 0x...". Some
providers only leave it in `message`.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.abi import get_abi_input_types

from fedjury.chain.abi.codec import abi_of, decode_strictly, selector
from fedjury.chain.abi.refusals import refusal_sentence
from fedjury.errors import ChainUnavailable, TransactionReverted

ERROR_STRING = bytes.fromhex("08c379a0")  # Error(string)
PANIC = bytes.fromhex("4e487b71")  # Panic(uint256)
REVERT_CODE = 3  # geth's JSON-RPC code for a revert with data

_HEX = re.compile(r"0x((?:[0-9a-fA-F]{2}){4,})")
_DATA_KEYS = ("data", "result", "return", "output")
# Failures of the EVM itself; they too mean that this call will not go through.
_REFUSALS = (
    "revert",
    "vm execution error",
    "invalid opcode",
    "bad instruction",
    "out of gas",
    "stack underflow",
    "bad jump destination",
    "invalid jump",
)


def is_revert(code: int, message: str) -> bool:
    """Whether a JSON-RPC error says that the contract, rather than the node, refused."""
    return code == REVERT_CODE or any(words in message.lower() for words in _REFUSALS)


def revert_from_rpc(message: str, data: object) -> TransactionReverted:
    """Make the exception of a JSON-RPC error's `message` and `data`."""
    raw = _find(data) or _find(message)
    return decode_revert(raw, message) if raw else TransactionReverted(_own_words(message))


def decode_revert(raw: bytes, message: str = "execution reverted") -> TransactionReverted:
    """Make the exception of revert data: a custom error, Error(string) or Panic(uint256)."""
    head, body = raw[:4], raw[4:]
    entry = _custom_errors().get(head)
    try:
        if entry is not None:
            return _custom_error(entry, body)
        if head == ERROR_STRING:
            return TransactionReverted(decode(["string"], body)[0])
        if head == PANIC:
            code = hex(decode(["uint256"], body)[0])
            return TransactionReverted("Panic", (code,), refusal_sentence("Panic", {"code": code}))
    except (ChainUnavailable, DecodingError, ValueError):
        pass
    return TransactionReverted(f"{_own_words(message)} (unknown error 0x{head.hex()})")


def _custom_error(entry: Any, body: bytes) -> TransactionReverted:
    name = entry["name"]
    values = decode_strictly(get_abi_input_types(entry), body, name)
    named = dict(zip((each["name"] for each in entry["inputs"]), values, strict=True))
    return TransactionReverted(name, values, refusal_sentence(name, named))


def is_contract_error(refusal: TransactionReverted) -> bool:
    """Whether a refusal is one of our contracts' own errors, by its name."""
    return refusal.error in {entry["name"] for entry in _custom_errors().values()}


@cache
def _custom_errors() -> dict[bytes, Any]:
    contracts = ("FederatedTask", "TaskFactory")
    return {selector(e): e for name in contracts for e in abi_of(name).errors.values()}


def _find(answer: object) -> bytes | None:
    if isinstance(answer, str):
        match = _HEX.search(answer)
        return bytes.fromhex(match[1]) if match and _is_revert_data(match[1]) else None
    if isinstance(answer, Mapping):
        inner = [answer[key] for key in _DATA_KEYS if key in answer]
        inner += [value for value in answer.values() if isinstance(value, Mapping)]
        return next((raw for raw in map(_find, inner) if raw), None)
    return None


def _is_revert_data(digits: str) -> bool:
    # 4 bytes of selector, then whole words; an address or a hash in a message is neither
    return (len(digits) // 2) % 32 == 4


def _own_words(message: str) -> str:
    return message.strip()[:200] or "execution reverted"
