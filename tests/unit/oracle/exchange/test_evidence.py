"""What can be held against a juror, by a file alone."""

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from random import Random
from typing import Any

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
PROVEN, SWAPPED = Contradiction(ONE, OTHER), Contradiction(OTHER, ONE)


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
        ({"chain_id": True}, "of which task"),
        ({"chain_id": -1}, "of which task"),
        ({"chain_id": 2**256}, "of which task"),
        ({"task": "foo"}, "of which task"),
        ({"task": "0x" + "1" * 41}, "of which task"),
        ({"task": "0x" + "1" * 40 + "\n"}, "of which task"),
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


STRANGE: list[Any] = [None, True, -1, 0, 2**300, 1e300, "", "foo", "0x", "0x" + "g" * 40, "\n"]
STRANGE += ["\ud800", "0x" + "1b" * 65, [], {}, [[]], [{}], {"kind": "have"}]


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each container within a JSON value, with each of its keys."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inside in list(pairs):
        yield value, key
        if isinstance(inside, dict | list):
            yield from places(inside)


def spoil(document: Any, chance: Random) -> None:
    """Put something else in a place, leave it out, or repeat what stands elsewhere."""
    found = list(places(document))
    if not found:
        return
    container, key = chance.choice(found)
    match chance.randrange(3):
        case 0:
            container[key] = deepcopy(chance.choice(STRANGE))
        case 1:
            del container[key]
        case 2:
            other, place = chance.choice(found)
            container[key] = deepcopy(other[place])


def test_of_a_spoiled_file_it_is_said_what_is_wrong_or_that_it_proves_nothing_or_the_same() -> None:
    """A file by anybody, with one to three things in it that are other than they were."""
    chance, read = Random(14), 0
    written = write_evidence([PROVEN], DOMAIN)
    for _ in range(3000):
        document = json.loads(written)
        for _ in range(chance.randint(1, 3)):
            spoil(document, chance)
        try:
            domain, found = read_evidence(json.dumps(document).encode())
        except DataError:
            continue
        read += 1
        for each in found:
            assert each.sentence.isprintable()
            assert each.fault(domain) is not None or each in (PROVEN, SWAPPED)
    assert 100 < read < 2900


def test_of_a_file_with_spoiled_bytes_it_is_said_what_is_wrong_or_what_it_proves() -> None:
    chance, written = Random(15), write_evidence([PROVEN], DOMAIN)
    refused = 0
    for _ in range(2000):
        data = bytearray(written)
        for _ in range(chance.randint(1, 3)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            domain, found = read_evidence(bytes(data))
        except DataError:
            refused += 1
            continue
        assert [each.fault(domain) is None for each in found] in ([False], [True])
    assert refused > 1000
