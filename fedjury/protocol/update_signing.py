"""Signed updates (EIP-712): what a client signs so that a relayer can post its update.

Type: ``Update(uint32 round,bytes32 parentModel,bytes32 digest)``, in the task's domain.
Source: docs/protocol/files.md.
"""

from dataclasses import dataclass
from functools import cached_property

from eth_account.signers.local import LocalAccount
from eth_typing import Hash32
from eth_utils.crypto import keccak

from fedjury.protocol.batch_file import BatchEntry
from fedjury.protocol.digest import Digest
from fedjury.protocol.domain import domain_separator, signing_digest
from fedjury.protocol.recovery import recover_address

TYPE = "Update(uint32 round,bytes32 parentModel,bytes32 digest)"
_TYPEHASH = keccak(text=TYPE)


@dataclass(frozen=True)
class UpdateDomain:
    """Signs and checks the updates of one round.

    Attributes:
        chain_id, task: where the task is.
        round: number of the round.
        parent_model: that the round starts from: after a reorganization it may be another, for
            which no earlier signature counts.
    """

    chain_id: int
    task: str
    round: int
    parent_model: Digest

    def message(self, digest: Digest) -> bytes:
        """The 32 bytes that a client signs for the update of this digest."""
        struct = keccak(_TYPEHASH + self._round_and_parent + digest)
        return signing_digest(domain_separator(self.chain_id, self.task), struct)

    def sign(self, account: LocalAccount, digest: Digest) -> BatchEntry:
        """A client's signed update."""
        signed = account.unsafe_sign_hash(Hash32(self.message(digest)))
        return BatchEntry(account.address, digest, bytes(signed.signature))

    def is_signed(self, entry: BatchEntry) -> bool:
        """Whether an entry's signature is its client's, for this round and this parent model."""
        signer = recover_address(self.message(entry.digest), entry.signature)
        return signer == bytes.fromhex(entry.client[2:])

    @cached_property
    def _round_and_parent(self) -> bytes:
        return self.round.to_bytes(32, "big") + self.parent_model
