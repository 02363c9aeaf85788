"""One process at a time in a directory: two with one key would be in each other's way."""

import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from fedjury.errors import ConfigError
from fedjury.runtime.events import Listener, NotLocked
from fedjury.runtime.files import missing_directories, remove_empty, remove_partial_files

_NAME = "lock"
# What file systems say that know no locks.
_UNSUPPORTED = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)


@contextmanager
def sole_user(
    directory: Path,
    listener: Listener,
    lock: Callable[[IO[str], int], object] = fcntl.flock,
    advice: str = "stop it first, or say another --work-dir",
) -> Iterator[None]:
    """Be the only process that uses a directory while the block runs.

    The system frees the lock when the process ends, however it ends. What a killed process left
    half written in the directory is removed; so is, at the end, a directory that was made here and
    holds nothing but the lock.

    Args:
        directory: created if need be.
        listener: is told where the file system knows no locks; the block runs then all the same.
        lock: locks an open file, as `fcntl.flock` does.
        advice: what to do where another process uses it.

    Raises:
        ConfigError: another process uses it; names its process id.
        OSError: the directory cannot be made or written.
    """
    made = missing_directories(directory)
    with _locked(directory, listener, lock, advice):
        try:
            yield
        finally:
            _remove_unused(directory, made)


@contextmanager
def _locked(
    directory: Path, listener: Listener, lock: Callable[[IO[str], int], object], advice: str
) -> Iterator[None]:
    file = _open(directory)
    try:
        while not _lock(file, directory, listener, lock, advice):
            file.close()
            file = _open(directory)
        yield
    finally:
        file.close()


def _open(directory: Path) -> IO[str]:
    directory.mkdir(parents=True, exist_ok=True)
    return (directory / _NAME).open("a+", encoding="ascii", errors="replace")


def _lock(
    file: IO[str],
    directory: Path,
    listener: Listener,
    lock: Callable[[IO[str], int], object],
    advice: str,
) -> bool:
    """Lock an open file; False where it is no longer the directory's, as its last user left."""
    try:
        lock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _taken(file.fileno(), directory, advice) from None
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
        listener(NotLocked(directory=str(directory), reason=os.strerror(error.errno)))
        return True
    try:
        if not os.path.samestat(os.fstat(file.fileno()), (directory / _NAME).stat()):
            return False
    except FileNotFoundError:
        return False
    with suppress(OSError):  # a full disk: the lock holds without the process id
        file.truncate(0)
        os.write(file.fileno(), f"{os.getpid()}\n".encode())  # no buffer that closing would write
    remove_partial_files(directory)
    return True


def _remove_unused(directory: Path, made: list[Path]) -> None:
    """Leave nothing of a directory that was made for a user who wrote nothing into it."""
    with suppress(OSError):
        if made and [each.name for each in directory.iterdir()] == [_NAME]:
            (directory / _NAME).unlink()
            remove_empty(made)


def _taken(descriptor: int, directory: Path, advice: str) -> ConfigError:
    # empty in the moment between another's lock and its process id
    holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
    who = f"process {holder}" if holder.isdecimal() else "another process"
    return ConfigError(f"{who} is already at work with this key in {directory}: {advice}")
