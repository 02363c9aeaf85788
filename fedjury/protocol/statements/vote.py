"""A juror's signature under a report, with the proof that it has judged.

Type: ``Vote(uint32 round,bytes32 updatesHash,uint32 attempt,bytes32 reportDigest,bytes32 mac,
bytes32 findingsHash,string software)``.
"""

from typing import Annotated, ClassVar

from eth_utils.crypto import keccak
from pydantic import Field

from fedjury.protocol.statements.fields import Bytes32, RoundNumber, SignatureBytes, Uint32
from fedjury.protocol.statements.signed import RoundKey, RoundStatement, struct_hash

_TYPE = (
    "Vote(uint32 round,bytes32 updatesHash,uint32 attempt,bytes32 reportDigest,bytes32 mac,"
    "bytes32 findingsHash,string software)"
)


class Vote(RoundStatement):
    """What a juror says of the report that follows from a proposal.

    Attributes:
        attempt: of the proposal.
        report_digest: the 32 bytes that are signed for the contract.
        report_signature: by which the contract counts the juror.
        mac: see `fedjury.protocol.statements.mac`.
        findings_hash: sha256 of what the juror found in detail, see `Findings`.
        software: name and version of the program that judged.
    """

    kind: ClassVar[str] = "vote"
    most_bytes: ClassVar[int] = 1200
    round: RoundNumber
    updates_hash: Bytes32
    attempt: Uint32
    report_digest: Bytes32
    report_signature: SignatureBytes
    mac: Bytes32
    findings_hash: Bytes32
    software: Annotated[str, Field(pattern=r"^[ -~]{1,80}$")]

    @property
    def key(self) -> RoundKey:
        return RoundKey(self.round, self.updates_hash)

    @property
    def slot(self) -> int:
        return self.attempt

    @property
    def content(self) -> bytes:
        """The report alone: signing one report twice is no contradiction."""
        return self.report_digest

    def struct_hash(self) -> bytes:
        return struct_hash(
            _TYPE,
            ["uint32", "bytes32", "uint32", "bytes32", "bytes32", "bytes32", "bytes32"],
            [
                self.round,
                self.updates_hash,
                self.attempt,
                self.report_digest,
                self.mac,
                self.findings_hash,
                keccak(text=self.software),
            ],
        )
