"""Writing a file whole or not at all."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from fedjury.runtime.files import (
    missing_directories,
    prove_writable,
    remove_empty,
    remove_partial_files,
    write_whole,
)
from tests.support.quota import files_of_at_most


@pytest.fixture
def open_umask() -> Iterator[None]:
    """Whatever is created is for everybody, unless its mode says otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_bytes_are_written_as_they_are_and_text_as_utf_8(tmp_path: Path) -> None:
    write_whole(tmp_path / "bytes", b"\xff\r\n")
    write_whole(tmp_path / "text", "λ\n")
    assert (tmp_path / "bytes").read_bytes() == b"\xff\r\n"
    assert (tmp_path / "text").read_bytes() == b"\xce\xbb\n"


def test_directories_are_made(tmp_path: Path) -> None:
    write_whole(tmp_path / "deep" / "down" / "file", b"x")
    assert (tmp_path / "deep" / "down" / "file").read_bytes() == b"x"


def test_an_older_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, b"a long first version")
    write_whole(path, b"short")
    assert path.read_bytes() == b"short"
    assert list(tmp_path.iterdir()) == [path]


def test_who_reads_on_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, b"old")
    with path.open("rb") as reader:
        write_whole(path, b"new")
        assert reader.read() == b"old"


@pytest.mark.usefixtures("open_umask")
def test_a_private_file_is_its_owners_alone_whatever_stood_there_before(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.touch(0o666)
    write_whole(path, b"x", private=True)
    assert mode_of(path) == 0o600


@pytest.mark.usefixtures("open_umask")
def test_a_file_that_is_not_private_has_the_mode_that_files_have(tmp_path: Path) -> None:
    write_whole(tmp_path / "file", b"x")
    assert mode_of(tmp_path / "file") == 0o666


@pytest.mark.usefixtures("open_umask")
def test_a_private_file_was_private_from_the_first_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: list[int] = []
    create = os.open

    def watch(*arguments: Any) -> int:
        descriptor = create(*arguments)
        modes.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        return descriptor

    monkeypatch.setattr("os.open", watch)
    write_whole(tmp_path / "secret", b"x", private=True)
    assert modes == [0o600]


@pytest.mark.parametrize("step", ["os.fsync", "os.replace"])
@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: BaseException
) -> None:
    path = tmp_path / "file"
    write_whole(path, b"old")

    def fail(*_: object) -> NoReturn:
        raise error

    monkeypatch.setattr(step, fail)
    with pytest.raises(type(error)):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_no_room_is_told_with_the_files_name(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with files_of_at_most(512), pytest.raises(OSError, match="File too large") as caught:
        write_whole(path, b"x" * 513)
    assert caught.value.filename == str(path)
    assert list(tmp_path.iterdir()) == []


def test_a_directory_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    with pytest.raises(OSError, match="file"):
        write_whole(tmp_path / "file", b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_killed_processes_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    kept = [tmp_path / "deep" / "a.part", tmp_path / ".a.part", tmp_path / "deep" / "state.json"]
    left = [tmp_path / ".a.0123abcd.part", tmp_path / "deep" / ".state.json.89abcdef.part"]
    (tmp_path / "deep").mkdir()
    for path in (*kept, *left):
        path.touch()
    remove_partial_files(tmp_path)
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == set(kept)


def test_directories_that_were_made_go_again_up_to_the_first_that_is_used(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b" / "c"
    made = missing_directories(deep)
    assert made == [deep, deep.parent, deep.parent.parent]
    deep.mkdir(parents=True)
    assert missing_directories(deep) == []
    (tmp_path / "a" / "file").touch()
    deep.rmdir()
    remove_empty(made)
    assert sorted(each.name for each in (tmp_path / "a").iterdir()) == ["file"]
    (tmp_path / "a" / "file").unlink()
    remove_empty(made)
    assert list(tmp_path.iterdir()) == []


def test_whether_a_file_can_be_written_is_proven_and_leaves_nothing(tmp_path: Path) -> None:
    prove_writable(tmp_path / "deep" / "file")
    assert list(tmp_path.rglob("*")) == [tmp_path / "deep"]
    (tmp_path / "deep" / "file").write_text("mine")
    prove_writable(tmp_path / "deep" / "file")
    assert (tmp_path / "deep" / "file").read_text() == "mine"
    with pytest.raises(OSError, match="file"):
        prove_writable(tmp_path / "deep" / "file" / "below")
