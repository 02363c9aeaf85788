"""The EIP-712 domain that everything of one task is signed in, and quick hashing in it."""

from functools import cache
from typing import Any

from eth_abi.abi import encode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

DOMAIN_NAME = "fedjury"
DOMAIN_VERSION = "2"
_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"


def domain_fields(chain_id: int, task: str) -> dict[str, Any]:
    """The domain's fields, as `eth_account` takes them."""
    return {
        "name": DOMAIN_NAME,
        "version": DOMAIN_VERSION,
        "chainId": chain_id,
        "verifyingContract": task,
    }


@cache
def domain_separator(chain_id: int, task: str) -> bytes:
    """The domain's 32-byte hash (EIP-712)."""
    values = [
        keccak(text=_TYPE),
        keccak(text=DOMAIN_NAME),
        keccak(text=DOMAIN_VERSION),
        chain_id,
        to_checksum_address(task),
    ]
    return keccak(encode(["bytes32", "bytes32", "bytes32", "uint256", "address"], values))


def signing_digest(separator: bytes, struct_hash: bytes) -> bytes:
    """The 32 bytes that are signed (EIP-191, version 0x01)."""
    return keccak(b"\x19\x01" + separator + struct_hash)
