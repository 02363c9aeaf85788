"""The report: what the jury says of one round, and the report with its signatures."""

from dataclasses import dataclass

from fedjury.protocol.digest import Digest

_HASH_BYTES = 32


@dataclass(frozen=True)
class Report:
    """What the jury says of one round, without the verdicts (those are packed separately).

    Attributes:
        updates_hash: running hash over the round's updates, 32 bytes.
        baseline_correct: verification samples that the round's model gets right.
        model_correct: verification samples that the new model gets right.
        model_digest: of the new model's file.

    Raises:
        ValueError: `updates_hash` has another length.
    """

    round: int
    jury_version: int
    updates_hash: bytes
    baseline_correct: int
    model_correct: int
    model_digest: Digest

    def __post_init__(self) -> None:
        # the ABI's encoding would pad a shorter one in silence
        if len(self.updates_hash) != _HASH_BYTES:
            raise ValueError(
                f"an updates hash has {_HASH_BYTES} bytes, not {len(self.updates_hash)}"
            )


@dataclass(frozen=True)
class SignedReport:
    """A report with its packed verdicts and one juror's signature.

    Attributes:
        verdicts: 5 bytes an update, see `fedjury.protocol.verdicts`.
        signer: the juror's address.
        signature: 65 bytes r‖s‖v over the EIP-712 digest.
    """

    report: Report
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
