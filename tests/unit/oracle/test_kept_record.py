"""The list of what a juror keeps."""

from pathlib import Path

import pytest

from fedjury.oracle.kept_record import KeptRecord
from fedjury.protocol.digest import Digest

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
