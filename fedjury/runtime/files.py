"""Files written whole or not at all, read as any editor wrote them; directories that go again."""

import codecs
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from fedjury.errors import DataError, DiskUnwritable

OWNER_ONLY = 0o600
_EVERYBODY = 0o666  # less what the process's umask takes away
_PARTIAL = ".*.????????.part"  # hidden, with a name that nobody else chooses

# The longer ones first: one of UTF-32 begins like one of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_unfinished: set[Path] = set()


def missing_directories(directory: Path) -> list[Path]:
    """The directory and those above it, as far as they do not exist; the deepest first."""
    return [each for each in (directory, *directory.parents) if not each.exists()]


def remove_empty(directories: Iterable[Path]) -> None:
    """Remove directories in this order, up to the first that holds something.

    Those that are gone already are passed over.
    """
    for directory in directories:
        try:
            directory.rmdir()
        except FileNotFoundError:
            continue
        except OSError:
            return


def prove_writable(path: Path) -> None:
    """Make sure that a file can be written here later; its directory is made if need be.

    Raises:
        OSError: as the file system raises.
    """
    probe = path.with_name(f".{path.name}.probe")
    write_whole(probe, b"")
    probe.unlink()


def write_whole(path: Path, data: bytes | str, *, private: bool = False) -> None:
    """Write beside the target, flush to the disk and rename, so that no reader sees half a file.

    Args:
        path: the target; its directory is made if need be, an older file is replaced.
        data: bytes, or text that is written as UTF-8.
        private: only the owner may read the file, from the first moment on.

    Raises:
        OSError: as the file system raises, with the file's name also where the system leaves it
            out (a full disk); the target is then as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.urandom(4).hex()}.part")
    mode = OWNER_ONLY if private else _EVERYBODY
    _unfinished.add(partial)
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data.encode() if isinstance(data, str) else data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException as error:
        with suppress(OSError):
            partial.unlink()
        if isinstance(error, OSError) and error.errno and error.filename is None:
            error.filename = str(path)
        raise
    finally:
        _unfinished.discard(partial)


def keep_whole(path: Path, data: bytes | str) -> None:
    """Write a file that a daemon cannot go on without, as `write_whole` does.

    Raises:
        DiskUnwritable: it cannot be written now, as the disk is full; what was there is as it was.
    """
    try:
        write_whole(path, data)
    except OSError as error:
        raise DiskUnwritable(f"cannot write {path}: {error.strerror or error}") from error


def remove_partial_files(directory: Path | None = None) -> None:
    """Remove what was not written to its end.

    Args:
        directory: where nobody writes now: what a killed process left there and below. None is
            for a process that is about to end: what its own threads are writing.
    """
    found = list(_unfinished) if directory is None else directory.rglob(_PARTIAL)
    for path in found:
        with suppress(OSError):
            path.unlink()


def read_bounded(path: Path, max_bytes: int) -> bytes:
    """A file of somebody else's, of which no more is read than it may have.

    Args:
        path: of the file.
        max_bytes: that it may have.

    Raises:
        DataError: it has more.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise DataError(f"{path} has more than {max_bytes:,} bytes")
    return data


def read_text_file(path: Path) -> str:
    """A small text file of the user's: UTF-8, or what its byte order mark says, which is left out.

    Line ends are as they are in the file.

    Raises:
        OSError: it cannot be read.
        ValueError: it is other than text in that encoding; its words fit after the file's name.
    """
    data = path.read_bytes()
    mark, encoding = next(
        ((mark, name) for mark, name in _MARKS if data.startswith(mark)), (b"", "utf-8")
    )
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:  # UTF-16 without a mark, too
        raise ValueError("is not UTF-8 text: save it as UTF-8")
    return text
