"""Reports as jurors hand them to each other: with what the signatures cover, and certificates."""

from typing import Any

from pydantic import ValidationError

from fedjury.checks.json_values import canonical_json, parse_json
from fedjury.checks.validation import first_error
from fedjury.protocol.digest import Digest
from fedjury.protocol.report import Certificate, Report
from fedjury.protocol.statements.fields import (
    Bytes32,
    RoundNumber,
    Signatures,
    Uint16,
    Uint32,
    Verdicts,
)
from fedjury.protocol.statements.signed import Part, RoundKey


class ReportBody(Part):
    """A report with its parent model and its packed verdicts: all that jurors sign."""

    round: RoundNumber
    jury_version: Uint32
    updates_hash: Bytes32
    parent_model: Bytes32
    attempt: Uint32
    accuracy: Uint16
    model_digest: Bytes32
    record_digest: Bytes32
    next_jury: Bytes32
    verdicts: Verdicts

    @classmethod
    def of(cls, report: Report, parent_model: Digest, verdicts: bytes) -> "ReportBody":
        """The body of a report."""
        return cls(
            round=report.round,
            jury_version=report.jury_version,
            updates_hash=report.updates_hash,
            parent_model=bytes(parent_model),
            attempt=report.attempt,
            accuracy=report.accuracy,
            model_digest=bytes(report.model_digest),
            record_digest=bytes(report.record_digest),
            next_jury=report.next_jury,
            verdicts=verdicts,
        )

    @property
    def key(self) -> RoundKey:
        """What it reports on."""
        return RoundKey(self.round, self.updates_hash)

    @property
    def report(self) -> Report:
        """The report."""
        return Report(
            round=self.round,
            jury_version=self.jury_version,
            updates_hash=self.updates_hash,
            attempt=self.attempt,
            accuracy=self.accuracy,
            model_digest=Digest(self.model_digest),
            record_digest=Digest(self.record_digest),
            next_jury=self.next_jury,
        )

    def to_bytes(self) -> bytes:
        """Canonical JSON."""
        return canonical_json(self.to_document())

    @classmethod
    def from_bytes(cls, data: bytes) -> "ReportBody":
        """Read a body.

        Raises:
            ValueError: it is none.
        """
        return _read(cls, data)


class CertificateBody(Part):
    """A report that a quorum has signed.

    Attributes:
        body: the report.
        signatures: 65 bytes each, ascending by signer.
    """

    body: ReportBody
    signatures: Signatures

    @property
    def certificate(self) -> Certificate:
        """As the contract takes it."""
        return Certificate(self.body.report, self.body.verdicts, self.signatures)

    def to_bytes(self) -> bytes:
        """Canonical JSON."""
        return canonical_json({"kind": "certificate", **self.to_document()})

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "CertificateBody":
        """Read a certificate; whether its signatures are right is another question.

        Raises:
            ValueError: it is none.
        """
        try:
            return cls.model_validate({k: v for k, v in document.items() if k != "kind"})
        except ValidationError as error:
            raise ValueError(f"no certificate: {first_error(error, 'it')}") from error


def most_report_bytes(updates: int) -> int:
    """How large the body of a report on so many updates can be."""
    return 2000 + 2 * updates


def _read(kind: type[ReportBody], data: bytes) -> ReportBody:
    try:
        return kind.model_validate(parse_json(data))
    except ValidationError as error:
        raise ValueError(f"no report: {first_error(error, 'it')}") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"no JSON: {error}") from error
