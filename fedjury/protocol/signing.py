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
from eth_utils.exceptions import ValidationError

from fedjury.protocol.report import Report, SignedReport

DOMAIN_NAME = "fedjury"
DOMAIN_VERSION = "1"
SIGNATURE_BYTES = 65
_REPORT_TYPE = {
    "Report": [
        {"name": "round", "type": "uint32"},
        {"name": "juryVersion", "type": "uint32"},
        {"name": "updatesHash", "type": "bytes32"},
        {"name": "baselineCorrect", "type": "uint32"},
        {"name": "modelCorrect", "type": "uint32"},
        {"name": "modelDigest", "type": "bytes32"},
        {"name": "verdicts", "type": "bytes"},
    ]
}


@dataclass(frozen=True)
class ReportDomain:
    """The EIP-712 domain that reports of one task on one chain are signed in."""

    chain_id: int
    task: str

    def message(self, report: Report, verdicts: bytes) -> SignableMessage:
        """What a juror signs."""
        domain: dict[str, Any] = {
            "name": DOMAIN_NAME,
            "version": DOMAIN_VERSION,
            "chainId": self.chain_id,
            "verifyingContract": self.task,
        }
        content: dict[str, Any] = {
            "round": report.round,
            "juryVersion": report.jury_version,
            "updatesHash": report.updates_hash,
            "baselineCorrect": report.baseline_correct,
            "modelCorrect": report.model_correct,
            "modelDigest": report.model_digest,
            "verdicts": verdicts,
        }
        return encode_typed_data(domain, _REPORT_TYPE, content)

    def sign(self, account: LocalAccount, report: Report, verdicts: bytes) -> SignedReport:
        """A juror's signature under a report and its packed verdicts."""
        signature = bytes(account.sign_message(self.message(report, verdicts)).signature)
        return SignedReport(report, verdicts, account.address, signature)

    def signers(self, report: Report, verdicts: bytes, signatures: bytes) -> list[str]:
        """Addresses that signed, in the order of the signatures.

        Raises:
            ValueError: the length is no multiple of 65, or a signature is none.
        """
        if len(signatures) % SIGNATURE_BYTES:
            raise ValueError(f"{len(signatures)} bytes of signatures are no multiple of 65")
        message = self.message(report, verdicts)
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
