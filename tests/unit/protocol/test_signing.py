"""Signed reports."""

from dataclasses import replace

import pytest
from eth_account import Account
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from fedjury.protocol.digest import Digest
from fedjury.protocol.report import Report, SignedReport
from fedjury.protocol.signing import ReportDomain, join_signatures
from tests.support.fake_federation import JUROR, OTHER_JUROR, STRANGER
from tests.support.fuzzing import FUZZ

TASK = "0x" + "12" * 20
DOMAIN = ReportDomain(1337, TASK)
REPORT = Report(
    round=7,
    jury_version=2,
    updates_hash=b"\xaa" * 32,
    attempt=3,
    accuracy=934,
    model_digest=Digest(b"\xbb" * 32),
    record_digest=Digest(b"\xcc" * 32),
    next_jury=b"\xdd" * 32,
)
PARENT = Digest(b"\xee" * 32)
VERDICTS = bytes.fromhex("01020a")


def test_a_signature_names_its_signer() -> None:
    signed = DOMAIN.sign(JUROR, REPORT, PARENT, VERDICTS)
    assert signed == SignedReport(REPORT, PARENT, VERDICTS, JUROR.address, signed.signature)
    assert len(signed.signature) == 65
    assert DOMAIN.signers(REPORT, PARENT, VERDICTS, signed.signature) == [JUROR.address]


def test_the_message_is_the_protocols() -> None:
    kind = (
        b"Report(uint32 round,uint32 juryVersion,bytes32 updatesHash,bytes32 parentModel,"
        b"uint32 attempt,uint16 accuracy,bytes32 modelDigest,bytes32 recordDigest,"
        b"bytes32 nextJury,bytes verdicts)"
    )
    domain_kind = (
        b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    )
    content = keccak(
        keccak(kind)
        + (7).to_bytes(32, "big")
        + (2).to_bytes(32, "big")
        + b"\xaa" * 32
        + b"\xee" * 32
        + (3).to_bytes(32, "big")
        + (934).to_bytes(32, "big")
        + b"\xbb" * 32
        + b"\xcc" * 32
        + b"\xdd" * 32
        + keccak(VERDICTS)
    )
    domain = keccak(
        keccak(domain_kind)
        + keccak(b"fedjury")
        + keccak(b"2")
        + (1337).to_bytes(32, "big")
        + bytes(12)
        + b"\x12" * 20
    )
    message = DOMAIN.message(REPORT, PARENT, VERDICTS)
    assert (message.header, message.body) == (domain, content)


@pytest.mark.parametrize(
    "changed",
    [
        replace(REPORT, round=8),
        replace(REPORT, jury_version=3),
        replace(REPORT, updates_hash=b"\xab" * 32),
        replace(REPORT, attempt=4),
        replace(REPORT, accuracy=935),
        replace(REPORT, model_digest=Digest(b"\xbc" * 32)),
        replace(REPORT, record_digest=Digest(b"\xbc" * 32)),
        replace(REPORT, next_jury=b"\xbc" * 32),
    ],
)
def test_changing_a_field_changes_the_signer(changed: Report) -> None:
    signature = DOMAIN.sign(JUROR, REPORT, PARENT, VERDICTS).signature
    assert DOMAIN.signers(changed, PARENT, VERDICTS, signature) != [JUROR.address]


def test_a_signature_is_worth_nothing_for_another_parent_model() -> None:
    signature = DOMAIN.sign(JUROR, REPORT, PARENT, VERDICTS).signature
    other = Digest(b"\xef" * 32)
    assert DOMAIN.signers(REPORT, other, VERDICTS, signature) != [JUROR.address]


@pytest.mark.parametrize("verdicts", [b"", bytes.fromhex("01020b"), VERDICTS * 2])
def test_changing_the_verdicts_changes_the_signer(verdicts: bytes) -> None:
    signature = DOMAIN.sign(JUROR, REPORT, PARENT, VERDICTS).signature
    assert DOMAIN.signers(REPORT, PARENT, verdicts, signature) != [JUROR.address]


@pytest.mark.parametrize("elsewhere", [ReportDomain(1, TASK), ReportDomain(1337, "0x" + "13" * 20)])
def test_a_signature_is_worth_nothing_elsewhere(elsewhere: ReportDomain) -> None:
    signature = DOMAIN.sign(JUROR, REPORT, PARENT, VERDICTS).signature
    assert elsewhere.signers(REPORT, PARENT, VERDICTS, signature) != [JUROR.address]


def test_signatures_are_joined_ascending_by_signer() -> None:
    accounts = [JUROR, OTHER_JUROR, STRANGER, Account.from_key(b"\7" * 32)]
    signed = [DOMAIN.sign(each, REPORT, PARENT, VERDICTS) for each in accounts]
    signers = DOMAIN.signers(REPORT, PARENT, VERDICTS, join_signatures(signed))
    assert signers == sorted((each.address for each in accounts), key=lambda it: int(it, 16))


def test_no_signatures_have_no_signers() -> None:
    assert DOMAIN.signers(REPORT, PARENT, VERDICTS, b"") == []


@pytest.mark.parametrize(
    "garbage",
    [
        b"\1",
        bytes(64),
        bytes(65),
        b"\xff" * 65,
        b"\1" * 64 + b"\x1b\x1c",
        b"\xff" * 64 + b"\x1b",
        bytes(64) + b"\x1c",
        b"\1" * 64 + b"\x05",
    ],
)
def test_garbage_is_a_value_error(garbage: bytes) -> None:
    with pytest.raises(ValueError, match="signature"):
        DOMAIN.signers(REPORT, PARENT, VERDICTS, garbage)


@FUZZ
@given(st.binary(min_size=64, max_size=64), st.sampled_from([0, 1, 26, 27, 28, 29, 37, 255]))
def test_random_signatures_give_a_value_error_or_a_stranger(rs: bytes, v: int) -> None:
    try:
        signers = DOMAIN.signers(REPORT, PARENT, VERDICTS, rs + bytes([v]))
    except ValueError:
        return
    assert signers != [JUROR.address]


@pytest.mark.parametrize("field", ["updates_hash", "next_jury"])
@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_report_takes_no_hash_of_another_length(field: str, length: int) -> None:
    with pytest.raises(ValueError, match=rf"32 bytes, not {length}"):
        replace(REPORT, **{field: bytes(length)})  # type: ignore[arg-type]
