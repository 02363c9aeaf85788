"""The report: what the jury says of one round, and the report with its signatures."""

from dataclasses import dataclass

from fedjury.protocol.digest import Digest

NO_ACCURACY = 0xFFFF
"""A report's accuracy where the spec says that none is published."""

_HASH_BYTES = 32


@dataclass(frozen=True)
class Report:
    """What the jury says of one round, without the verdicts (those are packed separately).

    Attributes:
        updates_hash: running hash over the round's updates, 32 bytes.
        attempt: number of the jury's attempt at a report, from 0.
        accuracy: thousandths of the verification samples that the new model gets right, rounded
            down; `NO_ACCURACY` where that is not published.
        model_digest: of the new model's file.
        record_digest: of the round record's file.
        next_jury: hash of the jury that the signers want next, 32 bytes.

    Raises:
        ValueError: a hash has another length.
    """

    round: int
    jury_version: int
    updates_hash: bytes
    attempt: int
    accuracy: int
    model_digest: Digest
    record_digest: Digest
    next_jury: bytes

    def __post_init__(self) -> None:
        # the ABI's encoding would pad a shorter one in silence
        for what, value in (("updates", self.updates_hash), ("jury's", self.next_jury)):
            if len(value) != _HASH_BYTES:
                raise ValueError(f"the {what} hash has {_HASH_BYTES} bytes, not {len(value)}")


@dataclass(frozen=True)
class SignedReport:
    """A report with its packed verdicts and one juror's signature.

    Attributes:
        parent_model: the model that was judged from, which the signature covers too.
        verdicts: a byte an update, see `fedjury.protocol.verdicts`.
        signer: the juror's address.
        signature: 65 bytes r‖s‖v over the EIP-712 digest.
    """

    report: Report
    parent_model: Digest
    verdicts: bytes
    signer: str
    signature: bytes


@dataclass(frozen=True)
class Certificate:
    """A report with its packed verdicts and a quorum's signatures, ready for the contract.

    Attributes:
        signatures: 65 bytes r‖s‖v each, ascending by the signers' addresses.
    """

    report: Report
    verdicts: bytes
    signatures: bytes
