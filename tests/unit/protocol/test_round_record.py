"""The round record: one way to write it, nothing but a ValueError for what is not one."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedjury.protocol.digest import Digest
from fedjury.protocol.reasons import NO_GROUNDS, Grounds, Reason
from fedjury.protocol.round_record import (
    Have,
    RecordedBatch,
    RecordedJury,
    RecordedRoster,
    RecordEntry,
    RoundRecord,
    bitmap,
    most_record_bytes,
    unpack_bitmap,
)
from fedjury.protocol.verdicts import VerdictCode
from tests.support.fuzzing import FUZZ

ADDRESS, HASH = "0x" + "Ab" * 20, "0x" + "cd" * 32


def _batch(code: int = 5) -> RecordedBatch:
    return RecordedBatch(index=2, relayer=ADDRESS.lower(), count=300, digest=HASH, code=code)


def _record(**changes: Any) -> RoundRecord:
    document: dict[str, Any] = {
        "chain": 1337,
        "task": ADDRESS.lower(),
        "round": 3,
        "attempt": 0,
        "updates_hash": HASH,
        "parent": HASH,
        "roster": RecordedRoster(version=1, root=HASH, size=2, digest=HASH),
        "jury": RecordedJury(version=1, hash=HASH, size=1, quorum=1),
        "slice": 1,
        "haves": [Have(juror=ADDRESS.lower(), batches="0x80", entries="0x80")],
        "batches": [_batch()],
        "entries": [
            RecordEntry.of(ADDRESS, Digest(b"\1" * 32), VerdictCode.ACCEPTED, NO_GROUNDS),
            RecordEntry.of(
                ADDRESS,
                Digest(b"\2" * 32),
                VerdictCode.DUPLICATE,
                Grounds(Reason.SAME_TENSORS, (0,)),
            ),
        ],
    }
    return RoundRecord(**{**document, **changes})


def test_it_is_canonical_json_of_integers_and_hexadecimal_text() -> None:
    written = _record().to_bytes()
    document = json.loads(written)
    assert json.dumps(document, sort_keys=True, separators=(",", ":")).encode() == written
    assert document["entries"][1] == {
        "arguments": [0],
        "client": ADDRESS.lower(),
        "code": 8,
        "digest": "0x" + "02" * 32,
        "reason": 11,
    }
    assert document["batches"] == [
        {"code": 5, "count": 300, "digest": HASH, "index": 2, "relayer": ADDRESS.lower()}
    ]
    assert document["version"] == 2
    assert all(_is_plain(leaf) for leaf in _leaves(document))


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in _leaves(each)]
    if isinstance(value, list):
        return [leaf for each in value for leaf in _leaves(each)]
    return [value]


def _is_plain(leaf: object) -> bool:
    return isinstance(leaf, int) or (isinstance(leaf, str) and leaf.startswith("0x"))


def test_counts_that_are_not_told_do_not_show_at_all() -> None:
    assert b"correct" not in _record().to_bytes()
    assert b"baseline" not in _record().to_bytes()
    told = json.loads(_record(baseline=5, correct=7).to_bytes())
    assert (told["baseline"], told["correct"]) == (5, 7)


def test_a_have_says_nothing_of_batches_where_there_are_none() -> None:
    said = Have(juror=ADDRESS.lower(), entries=bitmap([True, False]))
    assert json.loads(_record(haves=[said]).to_bytes())["haves"] == [
        {"juror": ADDRESS.lower(), "entries": "0x80"}
    ]


def test_what_is_written_is_read_again() -> None:
    record = _record(baseline=0, correct=0)
    assert RoundRecord.from_bytes(record.to_bytes()) == record


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("version", 1),
        ("surprise", 1),
        ("chain", -1),
        ("chain", 1.0),
        ("task", ADDRESS),
        ("task", ADDRESS.lower() + "\n"),
        ("round", 0),
        ("round", True),
        ("updates_hash", "0x00"),
        ("roster/size", -1),
        ("jury/quorum", 0),
        ("slice", 0),
        ("haves", None),
        ("haves/0/juror", ADDRESS),
        ("haves/0/batches", "80"),
        ("haves/0/batches", "0x8"),
        ("haves/0/entries", "0xAA"),
        ("haves/0/entries", None),
        ("haves/0/surprise", 1),
        ("batches", None),
        ("batches/0/code", 256),
        ("batches/0/code", -1),
        ("batches/0/count", 0),
        ("batches/0/index", -1),
        ("batches/0/relayer", ADDRESS),
        ("batches/0/digest", "0x00"),
        ("batches/0/surprise", 1),
        ("entries/0/code", 0),
        ("entries/0/code", 256),
        ("entries/0/arguments", [1.5]),
        ("entries/0/surprise", 1),
        ("entries/0/correct", -1),
        ("baseline", -1),
    ],
)
def test_what_is_out_of_range_is_a_value_error(path: str, value: object) -> None:
    document = json.loads(_record().to_bytes())
    *outer, last = path.split("/")
    place = document
    for key in outer:
        place = place[int(key)] if key.isdigit() else place[key]
    place[last] = value
    data = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    with pytest.raises(ValueError, match="record"):
        RoundRecord.from_bytes(data)


@pytest.mark.parametrize(
    "data", [b"", b"null", b"{", b"\xff", b"[" * 30_000, b'{"version":2,"version":2}']
)
def test_what_is_no_json_is_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError, match="record"):
        RoundRecord.from_bytes(data)


def test_another_way_to_write_it_is_a_value_error() -> None:
    document = json.loads(_record().to_bytes())
    with pytest.raises(ValueError, match="canonical"):
        RoundRecord.from_bytes(json.dumps(document, indent=1).encode())
    with pytest.raises(ValueError, match="canonical"):
        RoundRecord.from_bytes(json.dumps({**document, "correct": None}).encode())


@FUZZ
@given(st.lists(st.booleans(), max_size=40))
def test_a_bitmap_comes_back_the_same(had: list[bool]) -> None:
    assert unpack_bitmap(bitmap(had), len(had)) == had


def test_the_first_entry_is_the_most_significant_bit() -> None:
    assert bitmap([True, False, False, False, False, False, False, False, True]) == "0x8080"


@pytest.mark.parametrize(("text", "entries"), [("0x", 1), ("0x0000", 8), ("0x01", 7), ("0xff", 0)])
def test_a_bitmap_of_another_length_is_refused(text: str, entries: int) -> None:
    with pytest.raises(ValueError, match="bitmap"):
        unpack_bitmap(text, entries)


@pytest.mark.parametrize("entries", [0, 1, 1000])
def test_no_record_is_larger_than_is_said(entries: int) -> None:
    grounds = Grounds(Reason.SAME_TENSORS, (2**32, 2**32))
    entry = RecordEntry.of(ADDRESS, Digest(bytes(32)), VerdictCode.DUPLICATE, grounds, 2**32 - 1)
    bits = bitmap([True] * entries)
    haves = [Have(juror=ADDRESS.lower(), batches=bits, entries=bits)] * 128
    largest = {"index": 2**32 - 1, "count": 2**32 - 1, "code": 255}
    batch = _batch().model_copy(update=largest)
    record = _record(
        entries=[entry] * entries, batches=[batch] * entries, haves=haves, baseline=2**32 - 1
    )
    assert len(record.to_bytes()) <= most_record_bytes(entries, 128)
