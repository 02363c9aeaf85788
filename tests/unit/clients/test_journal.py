"""What a client keeps on disk."""

import errno
import os
from pathlib import Path

import pytest

from fedjury.clients.journal import Journal
from fedjury.clients.relay_notes import HandedUpdate
from fedjury.errors import DiskUnwritable
from fedjury.protocol.digest import Digest

BASE, OTHER_BASE = Digest.of(b"a model"), Digest.of(b"another")


def test_an_update_is_kept_by_its_round(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "deep" / "client")
    journal.save_update(3, BASE, b"three")
    assert journal.load_update(3, BASE) == b"three"
    assert journal.load_update(4, BASE) is None


def test_a_round_that_begins_with_another_model_has_another_update(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.save_update(3, BASE, b"three")
    assert journal.load_update(3, OTHER_BASE) is None
    journal.save_update(3, OTHER_BASE, b"another")
    assert journal.load_update(3, BASE) == b"three"
    assert journal.find_update(3, Digest.of(b"three")) == b"three"
    assert journal.find_update(3, Digest.of(b"another")) == b"another"
    assert journal.find_update(3, Digest.of(b"neither")) is None
    assert journal.find_update(4, Digest.of(b"three")) is None


def test_another_journal_of_the_same_directory_goes_on(tmp_path: Path) -> None:
    Journal(tmp_path).save_update(3, BASE, b"three")
    Journal(tmp_path).reported = 2
    assert Journal(tmp_path).load_update(3, BASE) == b"three"
    assert Journal(tmp_path).reported == 2


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.save_update(3, BASE, b"a long first version")
    journal.save_update(3, BASE, b"short")
    assert journal.load_update(3, BASE) == b"short"
    assert [path.name for path in tmp_path.iterdir()] == [f"round-3-{BASE.cid}.safetensors"]


def test_a_write_that_was_cut_off_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path)
    journal.save_update(3, BASE, b"old")

    def power_cut(_: int) -> None:
        raise OSError("power cut")

    monkeypatch.setattr("os.fsync", power_cut)
    with pytest.raises(DiskUnwritable, match="power cut"):
        journal.save_update(3, BASE, b"new")
    assert journal.load_update(3, BASE) == b"old"


def test_only_earlier_rounds_are_forgotten(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for number in (2, 9, 10, 11):
        journal.save_update(number, BASE, b"x")
    (tmp_path / "round-mine.safetensors").touch()
    journal.forget_updates(before=10)
    assert {path.name for path in tmp_path.iterdir()} == {
        f"round-10-{BASE.cid}.safetensors",
        f"round-11-{BASE.cid}.safetensors",
        "round-mine.safetensors",
    }


def test_a_new_journal_has_reported_nothing(tmp_path: Path) -> None:
    assert Journal(tmp_path).reported == 0


@pytest.mark.parametrize(
    "state",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b"\xff\xfe",
        b'{"reported": null}',
        b'{"reported": "many"}',
        b'{"reported": NaN}',
        b'{"reported": Infinity}',
        b'{"reported": -3}',
        b"[" * 30_000,
    ],
)
def test_a_damaged_state_starts_anew(tmp_path: Path, state: bytes) -> None:
    (tmp_path / "state.json").write_bytes(state)
    journal = Journal(tmp_path)
    assert journal.reported == 0
    journal.reported = 4
    assert journal.reported == 4


def test_a_full_disk_is_waited_for_and_costs_nothing_that_was_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path)
    journal.save_update(1, BASE, b"first")
    journal.reported = 1

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    says = "cannot write .*: No space left on device"
    with pytest.raises(DiskUnwritable, match=says):
        journal.save_update(1, BASE, b"second")
    with pytest.raises(DiskUnwritable, match=says):
        journal.reported = 2
    with pytest.raises(DiskUnwritable, match=says):
        journal.handed.save(HandedUpdate(1, BASE, BASE))
    assert journal.load_update(1, BASE) == b"first"
    assert journal.reported == 1
