"""The contract's running hash over a round's updates."""

from dataclasses import dataclass

from eth_utils.crypto import keccak

from fedjury.protocol.digest import Digest
from fedjury.protocol.updates_hash import updates_hash


@dataclass(frozen=True)
class Update:
    """What the hash covers."""

    client: str
    digest: Digest


def test_no_updates_hash_to_the_rounds_number() -> None:
    assert updates_hash(3, []) == bytes(31) + b"\3"


def test_the_running_hash_is_the_contracts() -> None:
    first, second = "0x" + "11" * 20, "0x" + "Fe" * 20
    one = keccak(bytes(31) + b"\3" + bytes(12) + b"\x11" * 20 + b"\xaa" * 32)
    two = keccak(one + bytes(12) + b"\xfe" * 20 + b"\xbb" * 32)
    updates = [Update(first, Digest(b"\xaa" * 32)), Update(second, Digest(b"\xbb" * 32))]
    assert updates_hash(3, updates[:1]) == one
    assert updates_hash(3, updates) == two
    assert updates_hash(3, updates[::-1]) != two


def test_a_known_hash() -> None:
    # keccak256(abi.encode(bytes32(uint256(1)), address(0), bytes32(0)))
    expected = keccak(bytes(31) + b"\1" + bytes(64))
    assert updates_hash(1, [Update("0x" + "0" * 40, Digest(bytes(32)))]) == expected
