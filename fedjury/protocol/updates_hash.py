"""The contract's running hash over a round's updates (docs/protocol/contracts.md)."""

from collections.abc import Iterable
from typing import Protocol

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from fedjury.protocol.digest import Digest

LONE = 0
"""The kind of an update that its client submitted itself."""


class Submission(Protocol):
    """What the hash covers of an update."""

    @property
    def client(self) -> str:
        """The client's address."""
        ...

    @property
    def digest(self) -> Digest:
        """The digest of the update's file."""
        ...


def opening_hash(
    round_number: int, parent_model: Digest, roster_root: bytes, jury_hash: bytes
) -> bytes:
    """The 32-byte hash that a round begins with: it binds all that its updates are judged by."""
    types = ["uint32", "bytes32", "bytes32", "bytes32"]
    return keccak(encode(types, [round_number, parent_model, roster_root, jury_hash]))


def updates_hash(opening: bytes, updates: Iterable[Submission]) -> bytes:
    """The 32-byte hash that the contract holds after these updates, in the order of the round.

    Args:
        opening: what the round begins with, see `opening_hash`.
        updates: lone submissions.
    """
    running = opening
    types = ["bytes32", "uint8", "address", "bytes32", "uint32"]
    for update in updates:
        running = keccak(encode(types, [running, LONE, update.client, update.digest, 1]))
    return running
