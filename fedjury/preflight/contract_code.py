"""Whether the code at an address is what this package's contracts compile to.

A task is a minimal proxy (EIP-1167) with its config behind the code; it runs an implementation
whose immutable values stand where the compiled code has zeros. Source:
contracts/FederatedTask.sol.
"""

from collections.abc import Iterator

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from fedjury.protocol.domain import DOMAIN_NAME, DOMAIN_VERSION, domain_separator

_HEAD = bytes.fromhex("363d3d373d3d3d363d73")
_TAIL = bytes.fromhex("5af43d82803e903d91602b57fd5bf3")
_ADDRESS = 20
_WORD = 32
_PUSH_ZEROS = b"\x7f" + bytes(_WORD)  # PUSH32: how the compiler leaves room for an immutable


def implementation_of(code: bytes) -> str | None:
    """The contract that a task's code delegates to, checksummed; None where it is no such proxy."""
    start, end = len(_HEAD), len(_HEAD) + _ADDRESS
    if not code.startswith(_HEAD) or code[end : end + len(_TAIL)] != _TAIL:
        return None
    return to_checksum_address(code[start:end])


def immutables_of(code: bytes, compiled: bytes) -> list[bytes] | None:
    """The values in a contract's code where the compiled one has room for immutables.

    Args:
        code: as the chain has it.
        compiled: as the compiler gives it, with zeros for each value.

    Returns:
        Words of 32 bytes in the code's order; None where it is other code.
    """
    if len(code) != len(compiled):
        return None
    plain, found = bytearray(code), []
    for place in _places(compiled):
        found.append(bytes(plain[place : place + _WORD]))
        plain[place : place + _WORD] = bytes(_WORD)
    return found if bytes(plain) == compiled else None


def address_word(address: str) -> bytes:
    """An address as an immutable holds it."""
    return bytes.fromhex(address[2:]).rjust(_WORD, b"\0")


def domain_words(chain_id: int, implementation: str) -> set[bytes]:
    """What the implementation of a task holds for its EIP-712 domain, as OpenZeppelin's EIP712
    does: hashes of name and version, both as short strings, chain id and domain separator."""
    return {
        keccak(text=DOMAIN_NAME),
        keccak(text=DOMAIN_VERSION),
        _short(DOMAIN_NAME),
        _short(DOMAIN_VERSION),
        chain_id.to_bytes(_WORD, "big"),
        domain_separator(chain_id, implementation),
        address_word(implementation),
    }


def _places(compiled: bytes) -> Iterator[int]:
    """Where immutables begin."""
    at = compiled.find(_PUSH_ZEROS)
    while at >= 0:
        yield at + 1
        at = compiled.find(_PUSH_ZEROS, at + len(_PUSH_ZEROS))


def _short(text: str) -> bytes:
    """A string of at most 31 bytes in a word, with its length in the last byte."""
    data = text.encode()
    return data.ljust(_WORD - 1, b"\0") + bytes([len(data)])
