"""Which of a round's files a juror holds: said once, when their time is over.

Type: ``Have(uint32 round,bytes32 updatesHash,bytes batches,bytes entries)``.
"""

from typing import ClassVar

from eth_utils.crypto import keccak

from fedjury.protocol.statements.fields import Bitmap, Bytes32, RoundNumber
from fedjury.protocol.statements.signed import RoundKey, RoundStatement, struct_hash

_TYPE = "Have(uint32 round,bytes32 updatesHash,bytes batches,bytes entries)"


class Have(RoundStatement):
    """What a juror holds.

    Attributes:
        batches: a bit a batch of the round, the most significant one first: 1 where its file is
            held.
        entries: a bit a verdict of the round: 1 where the juror holds what the verdict takes.
    """

    kind: ClassVar[str] = "have"
    most_bytes: ClassVar[int] = 61_000
    round: RoundNumber
    updates_hash: Bytes32
    batches: Bitmap
    entries: Bitmap

    @property
    def key(self) -> RoundKey:
        return RoundKey(self.round, self.updates_hash)

    def struct_hash(self) -> bytes:
        return struct_hash(
            _TYPE,
            ["uint32", "bytes32", "bytes32", "bytes32"],
            [self.round, self.updates_hash, keccak(self.batches), keccak(self.entries)],
        )
