"""Signed reports (EIP-712): what a juror signs, and who signed.

Source: docs/protocol/report.md; EIP-712, EIP-191 (version 0x01).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from eth_account import Account
from eth_account.messages import SignableMessage, encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_keys.exceptions import BadSignature
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError

from fedjury.protocol.digest import Digest
from fedjury.protocol.domain import domain_fields
from fedjury.protocol.report import Report, SignedReport

SIGNATURE_BYTES = 65
_REPORT_TYPE = {
    "Report": [
        {"name": "round", "type": "uint32"},
        {"name": "juryVersion", "type": "uint32"},
        {"name": "updatesHash", "type": "bytes32"},
        {"name": "parentModel", "type": "bytes32"},
        {"name": "attempt", "type": "uint32"},
        {"name": "accuracy", "type": "uint16"},
        {"name": "modelDigest", "type": "bytes32"},
        {"name": "recordDigest", "type": "bytes32"},
        {"name": "nextJury", "type": "bytes32"},
        {"name": "verdicts", "type": "bytes"},
    ]
}


@dataclass(frozen=True)
class ReportDomain:
    """The EIP-712 domain that reports of one task on one chain are signed in."""

    chain_id: int
    task: str

    def message(self, report: Report, parent_model: Digest, verdicts: bytes) -> SignableMessage:
        """What a juror signs.

        Args:
            report: all but the two others.
            parent_model: that the round was judged from.
            verdicts: packed.
        """
        content: dict[str, Any] = {
            "round": report.round,
            "juryVersion": report.jury_version,
            "updatesHash": report.updates_hash,
            "parentModel": parent_model,
            "attempt": report.attempt,
            "accuracy": report.accuracy,
            "modelDigest": report.model_digest,
            "recordDigest": report.record_digest,
            "nextJury": report.next_jury,
            "verdicts": verdicts,
        }
        return encode_typed_data(domain_fields(self.chain_id, self.task), _REPORT_TYPE, content)

    def digest(self, report: Report, parent_model: Digest, verdicts: bytes) -> bytes:
        """The 32 bytes that a juror signs; arguments as of `message`."""
        message = self.message(report, parent_model, verdicts)
        return keccak(b"\x19" + message.version + message.header + message.body)

    def sign(
        self, account: LocalAccount, report: Report, parent_model: Digest, verdicts: bytes
    ) -> SignedReport:
        """A juror's signature under a report, the model it was judged from, and its verdicts."""
        message = self.message(report, parent_model, verdicts)
        signature = bytes(account.sign_message(message).signature)
        return SignedReport(report, parent_model, verdicts, account.address, signature)

    def signers(
        self, report: Report, parent_model: Digest, verdicts: bytes, signatures: bytes
    ) -> list[str]:
        """Addresses that signed, in the order of the signatures.

        Raises:
            ValueError: the length is no multiple of 65, or a signature is none.
        """
        if len(signatures) % SIGNATURE_BYTES:
            raise ValueError(f"{len(signatures)} bytes of signatures are no multiple of 65")
        message = self.message(report, parent_model, verdicts)
        parts = range(0, len(signatures), SIGNATURE_BYTES)
        return [_recover(message, signatures[at : at + SIGNATURE_BYTES]) for at in parts]


def _recover(message: SignableMessage, signature: bytes) -> str:
    try:
        return str(Account.recover_message(message, signature=signature))
    except (BadSignature, ValidationError, ValueError) as error:
        raise ValueError(f"not a signature: {error}") from error


def join_signatures(signed: Iterable[SignedReport]) -> bytes:
    """The signatures of several jurors as the contract wants them, ascending by signer."""
    ordered = sorted(signed, key=lambda each: int(each.signer, 16))
    return b"".join(each.signature for each in ordered)
