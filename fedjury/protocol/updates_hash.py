"""The contract's running hash over a round's updates (docs/protocol/contracts.md)."""

from collections.abc import Iterable
from typing import Protocol

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from fedjury.protocol.digest import Digest

LONE = 0
"""The kind of an update that its client submitted itself."""
BATCH = 1
"""The kind of a batch of updates that a relayer submitted."""


class Submission(Protocol):
    """What the hash covers of a lone update or of a batch."""

    @property
    def kind(self) -> int:
        """`LONE` or `BATCH`."""
        ...

    @property
    def account(self) -> str:
        """The address of the client, or of the relayer."""
        ...

    @property
    def digest(self) -> Digest:
        """The digest of the update's file, or of the batch's."""
        ...

    @property
    def count(self) -> int:
        """1, or how many updates the batch announces."""
        ...


def opening_hash(
    round_number: int, parent_model: Digest, roster_root: bytes, jury_hash: bytes
) -> bytes:
    """The 32-byte hash that a round begins with: it binds all that its updates are judged by."""
    types = ["uint32", "bytes32", "bytes32", "bytes32"]
    return keccak(encode(types, [round_number, parent_model, roster_root, jury_hash]))


def updates_hash(opening: bytes, submissions: Iterable[Submission]) -> bytes:
    """The 32-byte hash that the contract holds after these submissions, in the order of the round.

    Args:
        opening: what the round begins with, see `opening_hash`.
        submissions: lone updates and batches.
    """
    running = opening
    types = ["bytes32", "uint8", "address", "bytes32", "uint32"]
    for each in submissions:
        values = [running, each.kind, each.account, each.digest, each.count]
        running = keccak(encode(types, values))
    return running
