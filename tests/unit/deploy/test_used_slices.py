"""Slices that already served another task are told."""

import json
from pathlib import Path

from fedjury.deploy.used_slices import mark_used, marks_of, notes_on_use
from fedjury.protocol.task_spec import SliceSpec

ONE, TWO, THREE = (SliceSpec(samples=6, commitment=f"0x{number:064x}") for number in (1, 2, 3))
TASK, OTHER = "eip155:1337:0x" + "ab" * 20, "eip155:1337:0x" + "cd" * 20


def test_each_task_that_slices_served_is_told(tmp_path: Path) -> None:
    file = tmp_path / "commitments.json"
    assert notes_on_use(file, [ONE, TWO]) == []
    assert mark_used(file, [ONE, TWO], TASK) == []
    assert mark_used(file, [TWO], OTHER) == []
    first, second = notes_on_use(file, [ONE, TWO])
    assert first.startswith(f"2 slices of {file} already served the task {TASK}: what verdicts")
    assert second.startswith(f"1 slice of {file} already served the task {OTHER}:")
    assert notes_on_use(file, [THREE]) == []
    assert notes_on_use(tmp_path / "others.json", [ONE, TWO]) == []


def test_what_is_written_down_is_public(tmp_path: Path) -> None:
    mark_used(tmp_path / "commitments.json", [ONE], TASK)
    assert json.loads((tmp_path / "commitments.used-by.json").read_bytes()) == {
        "format": "fedjury-used/1",
        "uses": [{"task": TASK, "commitments": [ONE.commitment]}],
    }


def test_a_mark_that_is_none_or_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    file = tmp_path / "commitments.json"
    for content in (b"\xff", b"[" * 300_000, b"{}x", b'{"format": "fedjury-used/2"}'):
        marks_of(file).write_bytes(content)
        assert notes_on_use(file, [ONE]) == []
    marks_of(file).unlink()
    marks_of(file).mkdir()
    (note,) = mark_used(file, [ONE], TASK)
    assert note.startswith(f"{marks_of(file)} cannot be written (Is a directory)")
