"""The list of what a juror keeps."""

from pathlib import Path

import pytest

from fedjury.oracle.kept_record import KeptRecord
from fedjury.protocol.digest import Digest
from tests.support.quota import files_of_at_most

ONE, TWO, THREE = (Digest.of(bytes([number])) for number in range(3))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "work" / "kept.jsonl"


def test_what_was_noted_is_there_after_a_restart(path: Path) -> None:
    record = KeptRecord(path)
    record.note([ONE, TWO], 10.0)
    record.note([TWO], 20.5)
    assert record.needed == KeptRecord(path).needed == {ONE: 10.0, TWO: 20.5}


def test_what_was_forgotten_stays_forgotten(path: Path) -> None:
    record = KeptRecord(path)
    record.note([ONE, TWO], 10.0)
    record.forget([ONE, THREE])
    assert record.needed == KeptRecord(path).needed == {TWO: 10.0}


@pytest.mark.parametrize(
    "damage",
    [
        b"\0" * 50,
        b"\xff\xfe\n",
        b"[]",
        b"7",
        b"{}",
        b'{"cid": 7, "needed": 1}',
        b'{"cid": "Qm", "needed": 1}',
        f'{{"cid": "{THREE.cid}", "needed": NaN}}'.encode(),
        f'{{"cid": "{THREE.cid}", "needed": "soon"}}'.encode(),
        f'{{"cid": "{THREE.cid}", "needed": {"9" * 400}}}'.encode(),
        f'{{"cid": "{THREE.cid}", "nee'.encode(),
        b"[" * 100_000,
    ],
)
def test_a_damaged_line_costs_that_line_alone(path: Path, damage: bytes) -> None:
    KeptRecord(path).note([ONE], 10.0)
    with path.open("ab") as file:
        file.write(damage)
    record = KeptRecord(path)
    assert (record.needed, record.damaged) == ({ONE: 10.0}, 1)
    record.note([TWO], 20.0)  # not glued to what was cut off
    assert KeptRecord(path).needed == {ONE: 10.0, TWO: 20.0}


def test_what_a_full_disk_did_not_take_is_written_once_there_is_room(path: Path) -> None:
    record = KeptRecord(path)
    record.note([ONE], 10.0)
    half = path.stat().st_size + 20
    with files_of_at_most(half), pytest.raises(OSError, match="File too large"):
        record.note([TWO], 20.0)
    assert path.stat().st_size == half
    record.note([ONE], 30.0)
    found = KeptRecord(path)
    assert (found.needed, found.damaged) == ({ONE: 30.0, TWO: 20.0}, 0)
