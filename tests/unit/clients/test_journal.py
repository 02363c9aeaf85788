"""What a client keeps on disk."""

from pathlib import Path

import pytest

from fedjury.clients.journal import Journal


def test_an_update_is_kept_by_its_round(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "deep" / "client")
    journal.save_update(3, b"three")
    assert journal.load_update(3) == b"three"
    assert journal.load_update(4) is None


def test_another_journal_of_the_same_directory_goes_on(tmp_path: Path) -> None:
    Journal(tmp_path).save_update(3, b"three")
    Journal(tmp_path).reported = 2
    assert Journal(tmp_path).load_update(3) == b"three"
    assert Journal(tmp_path).reported == 2


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.save_update(3, b"a long first version")
    journal.save_update(3, b"short")
    assert journal.load_update(3) == b"short"
    assert [path.name for path in tmp_path.iterdir()] == ["round-3.safetensors"]


def test_a_write_that_was_cut_off_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path)
    journal.save_update(3, b"old")

    def power_cut(_: int) -> None:
        raise OSError("power cut")

    monkeypatch.setattr("os.fsync", power_cut)
    with pytest.raises(OSError, match="power cut"):
        journal.save_update(3, b"new")
    assert journal.load_update(3) == b"old"


def test_only_earlier_rounds_are_forgotten(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for number in (2, 9, 10, 11):
        journal.save_update(number, b"x")
    (tmp_path / "round-mine.safetensors").touch()
    journal.forget_updates(before=10)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"round-10.safetensors", "round-11.safetensors", "round-mine.safetensors"}


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
