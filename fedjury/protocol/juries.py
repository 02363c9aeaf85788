"""Juries: their hash, and how many of their members must sign (docs/protocol/contracts.md)."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from eth_abi.abi import encode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak


def jury_hash(jurors: Sequence[str], quorum: int) -> bytes:
    """The 32-byte hash that the contract knows a jury by.

    Args:
        jurors: addresses, strictly ascending.
        quorum: how many of them must sign.
    """
    return keccak(encode(["address[]", "uint32"], [list(jurors), quorum]))


def least_quorum(size: int) -> int:
    """The fewest jurors that are more than two thirds of a jury: any two such sets share an
    honest juror as long as fewer than a third are not."""
    return 2 * size // 3 + 1


def is_quorum(quorum: int, size: int) -> bool:
    """Whether the contract takes a quorum for a jury of this size."""
    return quorum <= size and 3 * quorum > 2 * size


def sorted_jurors(jurors: Iterable[str]) -> list[str]:
    """Checksummed addresses (EIP-55), ascending as the contract wants them."""
    return sorted(map(to_checksum_address, jurors), key=lambda address: int(address, 16))


def is_ascending(addresses: Sequence[str]) -> bool:
    """Whether each address is greater than the one before."""
    numbers = [int(address, 16) for address in addresses]
    return all(one < other for one, other in pairwise(numbers))
