"""What can be held against a juror, by a file alone."""

import json
from dataclasses import replace

import pytest

from fedjury.errors import DataError
from fedjury.oracle.exchange.evidence import Contradiction, read_evidence, write_evidence
from fedjury.protocol.statements.have import Have
from fedjury.protocol.statements.signed import Signed, TaskDomain, sign
from tests.support.fake_federation import CHAIN_ID, JUROR, OTHER_JUROR, TASK_ADDRESS

DOMAIN = TaskDomain(CHAIN_ID, TASK_ADDRESS.lower())


def have(entries: bytes, round: int = 1) -> Have:
    return Have(round=round, updates_hash=bytes(32), batches=b"", entries=entries)


ONE, OTHER = sign(JUROR, have(b"\x80"), DOMAIN), sign(JUROR, have(b"\0"), DOMAIN)
PROVEN = Contradiction(ONE, OTHER)


def test_two_different_statements_for_one_purpose_prove_it() -> None:
    assert PROVEN.fault(DOMAIN) is None
    assert PROVEN.sentence == (
        f"{JUROR.address.lower()} signed two different statements on round 1: have"
    )


@pytest.mark.parametrize(
    ("other", "fault"),
    [
        (ONE, "they say the same"),
        (sign(OTHER_JUROR, have(b"\0"), DOMAIN), "two jurors signed"),
        (sign(JUROR, have(b"\0", 2), DOMAIN), "they are about different rounds or attempts"),
        (replace(OTHER, signature=ONE.signature), "a signature is not the juror's, for this task"),
    ],
)
def test_anything_less_proves_nothing(other: Signed[Have], fault: str) -> None:
    assert Contradiction(ONE, other).fault(DOMAIN) == fault


@pytest.mark.parametrize(
    "domain", [DOMAIN._replace(chain_id=1), DOMAIN._replace(task="0x" + "1" * 40)]
)
def test_what_was_signed_for_another_task_proves_nothing(domain: TaskDomain) -> None:
    assert PROVEN.fault(domain) == "a signature is not the juror's, for this task"


def test_a_file_says_the_same_to_whoever_reads_it() -> None:
    assert read_evidence(write_evidence([PROVEN], DOMAIN)) == (DOMAIN, [PROVEN])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "other"}, "its format is not"),
        ({"chain_id": "1"}, "of which task"),
        ({"contradictions": [[1]]}, "two statements"),
        ({"contradictions": [[{}, {}]]}, "no signed statement"),
        ({"contradictions": {}}, "no list"),
    ],
)
def test_what_is_no_evidence_is_refused(change: dict[str, object], words: str) -> None:
    document = json.loads(write_evidence([PROVEN], DOMAIN))
    with pytest.raises(DataError, match=words):
        read_evidence(json.dumps({**document, **change}).encode())


def test_bytes_that_are_no_json_are_refused() -> None:
    with pytest.raises(DataError, match="no file of evidence"):
        read_evidence(b"{")
