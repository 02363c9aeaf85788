"""Receipts (EIP-712): what a relayer signs when it has taken in a client's signed update.

Type: ``Receipt(uint32 round,bytes32 parentModel,address client,bytes32 digest,uint64 receivedAt)``,
in the task's domain. A receipt is evidence against a relayer that did not post the update: anybody
can hold it against the chain. Source: docs/protocol/relays.md.
"""

from dataclasses import dataclass

from eth_abi.abi import encode
from eth_account.signers.local import LocalAccount
from eth_typing import Hash32
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from fedjury.protocol.digest import Digest
from fedjury.protocol.domain import domain_separator, signing_digest
from fedjury.protocol.recovery import recover_address

_TYPEHASH = keccak(
    text="Receipt(uint32 round,bytes32 parentModel,address client,bytes32 digest,uint64 receivedAt)"
)
_TYPES = ["bytes32", "uint32", "bytes32", "address", "bytes32", "uint64"]


@dataclass(frozen=True)
class Receipt:
    """That an update was taken in, and when.

    Attributes:
        round: number of the round that the update is for.
        parent_model: that the round starts from.
        client: who signed the update.
        digest: of the update's file.
        received_at: Unix seconds, by the relayer's clock.
    """

    round: int
    parent_model: Digest
    client: str
    digest: Digest
    received_at: int

    def message(self, chain_id: int, task: str) -> bytes:
        """The 32 bytes that the relayer signs."""
        values = [
            _TYPEHASH,
            self.round,
            self.parent_model,
            self.client,
            self.digest,
            self.received_at,
        ]
        struct = keccak(encode(_TYPES, values))
        return signing_digest(domain_separator(chain_id, task), struct)

    def sign(self, account: LocalAccount, chain_id: int, task: str) -> bytes:
        """The relayer's signature, 65 bytes r‖s‖v; the same each time (RFC 6979)."""
        return bytes(account.unsafe_sign_hash(Hash32(self.message(chain_id, task))).signature)

    def signer(self, signature: bytes, chain_id: int, task: str) -> str | None:
        """Who signed: an address (EIP-55); None where the signature is nobody's."""
        found = recover_address(self.message(chain_id, task), signature)
        return None if found is None else to_checksum_address(found)
