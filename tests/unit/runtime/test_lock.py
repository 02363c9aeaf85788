"""One process at a time in a directory."""

import fcntl
import os
from pathlib import Path
from typing import IO

import pytest

from fedjury.errors import ConfigError
from fedjury.runtime.events import NotLocked, ignore
from fedjury.runtime.lock import sole_user
from tests.support.quota import files_of_at_most
from tests.support.recorder import Recorder


def test_a_second_user_is_told_who_and_where(tmp_path: Path) -> None:
    directory, told = tmp_path / "deep" / "down", Recorder()
    with (
        sole_user(directory, told),
        pytest.raises(ConfigError) as refused,
        sole_user(directory, told),
    ):
        pytest.fail("two at once")
    assert f"process {os.getpid()} " in str(refused.value)
    assert str(directory) in str(refused.value)
    assert not told.events


def test_the_next_user_may_once_the_first_is_gone(tmp_path: Path) -> None:
    for _ in range(2):
        with sole_user(tmp_path, Recorder()):
            assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_other_directories_have_users_of_their_own(tmp_path: Path) -> None:
    with sole_user(tmp_path / "a", Recorder()), sole_user(tmp_path / "b", Recorder()):
        assert (tmp_path / "a" / "lock").exists()
        assert (tmp_path / "b" / "lock").exists()


@pytest.mark.parametrize("content", ["", "\xff\xfe", "soon", "-1"])
def test_a_user_whose_process_id_cannot_be_read_is_told_of_as_another(
    tmp_path: Path, content: str
) -> None:
    with sole_user(tmp_path, Recorder()):
        (tmp_path / "lock").write_bytes(content.encode("latin-1"))
        with (
            pytest.raises(ConfigError, match="another process is already at work"),
            sole_user(tmp_path, Recorder()),
        ):
            pytest.fail("two at once")


def test_what_a_killed_process_left_half_written_goes(tmp_path: Path) -> None:
    left, kept = tmp_path / "updates" / ".file.0123abcd.part", tmp_path / "state.json"
    left.parent.mkdir()
    left.touch()
    kept.touch()
    with sole_user(tmp_path, Recorder()):
        assert not left.exists()
        assert kept.exists()


def test_what_another_process_is_writing_stays(tmp_path: Path) -> None:
    with sole_user(tmp_path, Recorder()):
        writing = tmp_path / ".file.0123abcd.part"
        writing.touch()
        with pytest.raises(ConfigError), sole_user(tmp_path, Recorder()):
            pytest.fail("two at once")
        assert writing.exists()


def test_a_file_system_without_locks_is_told_of_and_used(tmp_path: Path) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    told, left = Recorder(), tmp_path / ".file.0123abcd.part"
    left.touch()
    with sole_user(tmp_path, told, lock=no_locks):
        assert left.exists(), "perhaps another process is writing it"
    (event,) = told.of(NotLocked)
    assert event.sentence.startswith(f"{tmp_path} cannot be locked (Operation not supported)")


def test_other_failures_are_not_taken_for_that(tmp_path: Path) -> None:
    def broken(*_: object) -> None:
        raise OSError(5, "Input/output error")

    with (
        pytest.raises(OSError, match="Input/output"),
        sole_user(tmp_path, Recorder(), lock=broken),
    ):
        pytest.fail("not locked")


def test_a_disk_without_room_for_the_process_id_ends_nobody(tmp_path: Path) -> None:
    with files_of_at_most(0):
        with sole_user(tmp_path, ignore):
            assert (tmp_path / "lock").read_bytes() == b""
        with pytest.raises(ValueError, match="its own"), sole_user(tmp_path, ignore):
            raise ValueError("its own error")


def test_a_directory_made_for_nothing_goes_again(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with sole_user(tmp_path / "there" / "made" / "work", ignore):
        pass
    assert list(tmp_path.rglob("*")) == [tmp_path / "there"]
    with pytest.raises(ValueError, match="early"), sole_user(tmp_path / "work", ignore):
        raise ValueError("early")
    assert list(tmp_path.rglob("*")) == [tmp_path / "there"]


def test_a_directory_that_was_used_or_was_there_before_stays(tmp_path: Path) -> None:
    with sole_user(tmp_path / "used", ignore):
        (tmp_path / "used" / "file").touch()
    (tmp_path / "there").mkdir()
    with sole_user(tmp_path / "there", ignore):
        pass
    kept = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    assert kept == {"used", "used/file", "used/lock", "there", "there/lock"}


def test_a_lock_whose_file_went_meanwhile_is_taken_anew(tmp_path: Path) -> None:
    taken: list[int] = []

    def lock(file: IO[str], operation: int) -> None:
        if not taken:  # its last user leaves between our opening it and our locking it
            (tmp_path / "lock").unlink()
        taken.append(file.fileno())
        fcntl.flock(file, operation)

    with (
        sole_user(tmp_path, ignore, lock),
        pytest.raises(ConfigError, match="already at work"),
        sole_user(tmp_path, ignore),
    ):
        pass
    assert len(taken) == 2
