"""The contract's running hash over a round's updates (docs/protocol/contracts.md)."""

from collections.abc import Iterable
from typing import Protocol

from eth_utils.crypto import keccak

from fedjury.protocol.digest import Digest


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


def updates_hash(round_number: int, updates: Iterable[Submission]) -> bytes:
    """The 32-byte hash that the contract holds after these updates, in the order of the round."""
    running = round_number.to_bytes(32, "big")
    for update in updates:
        client = bytes(12) + bytes.fromhex(update.client.removeprefix("0x"))
        running = keccak(running + client + update.digest)
    return running
