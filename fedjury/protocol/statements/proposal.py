"""The HAVEs that an attempt at a report goes by, chosen by the attempt's leader.

Type: ``Proposal(uint32 round,bytes32 updatesHash,uint32 attempt,bytes32 nextJury,bytes32
havesHash)``, where havesHash is keccak256 over each juror's address and the struct hash of its
HAVE, in order.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import ClassVar

from eth_utils.crypto import keccak
from pydantic import Field, field_validator

from fedjury.protocol.juries import is_ascending
from fedjury.protocol.statements.fields import (
    Address,
    Bitmap,
    Bytes32,
    RoundNumber,
    SignatureBytes,
    Uint32,
)
from fedjury.protocol.statements.have import Have
from fedjury.protocol.statements.signed import Part, RoundKey, RoundStatement, Signed, struct_hash

_TYPE = (
    "Proposal(uint32 round,bytes32 updatesHash,uint32 attempt,bytes32 nextJury,bytes32 havesHash)"
)
_MOST_JURORS = 128


class ProposedHave(Part):
    """A HAVE of a proposal, with its juror's signature; its key is the proposal's."""

    signer: Address
    signature: SignatureBytes
    batches: Bitmap
    entries: Bitmap


class Proposal(RoundStatement):
    """What the leader of an attempt proposes to go by.

    Attributes:
        attempt: number, from 0.
        next_jury: hash of the jury that the report is to name as the next one.
        haves: ascending by juror, each once.
    """

    kind: ClassVar[str] = "proposal"
    most_bytes: ClassVar[int] = _MOST_JURORS * 61_000
    round: RoundNumber
    updates_hash: Bytes32
    attempt: Uint32
    next_jury: Bytes32
    haves: list[ProposedHave] = Field(min_length=1, max_length=_MOST_JURORS)

    @field_validator("haves")
    @classmethod
    def _ascend(cls, haves: list[ProposedHave]) -> list[ProposedHave]:
        if not is_ascending([have.signer for have in haves]):
            raise ValueError("the haves do not ascend by juror, or one is twice")
        return haves

    @classmethod
    def of(
        cls, key: RoundKey, attempt: int, next_jury: bytes, haves: Iterable[Signed[Have]]
    ) -> "Proposal":
        """A proposal of these HAVEs, which are all of the key."""
        ordered = sorted(haves, key=lambda each: int(each.signer, 16))
        return cls(
            round=key.round,
            updates_hash=key.updates_hash,
            attempt=attempt,
            next_jury=next_jury,
            haves=[
                ProposedHave(
                    signer=each.signer,
                    signature=each.signature,
                    batches=each.statement.batches,
                    entries=each.statement.entries,
                )
                for each in ordered
            ],
        )

    @property
    def key(self) -> RoundKey:
        return RoundKey(self.round, self.updates_hash)

    @property
    def slot(self) -> int:
        return self.attempt

    @cached_property
    def signed_haves(self) -> list[Signed[Have]]:
        """The HAVEs as their jurors signed them, if they did."""
        return [
            Signed(
                Have(
                    round=self.round,
                    updates_hash=self.updates_hash,
                    batches=each.batches,
                    entries=each.entries,
                ),
                each.signer,
                each.signature,
            )
            for each in self.haves
        ]

    def struct_hash(self) -> bytes:
        parts = b"".join(
            bytes.fromhex(each.signer[2:]) + each.statement.struct_hash()
            for each in self.signed_haves
        )
        return struct_hash(
            _TYPE,
            ["uint32", "bytes32", "uint32", "bytes32", "bytes32"],
            [self.round, self.updates_hash, self.attempt, self.next_jury, keccak(parts)],
        )
