"""Writing a file whole or not at all; leaving no directory behind that nobody needs."""

import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

OWNER_ONLY = 0o600
_EVERYBODY = 0o666  # less what the process's umask takes away


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


def write_whole(path: Path, data: bytes | str, *, private: bool = False) -> None:
    """Write beside the target, flush to the disk and rename, so that no reader sees half a file.

    Args:
        path: the target; its directory is made if need be, an older file is replaced.
        data: bytes, or text that is written as UTF-8.
        private: only the owner may read the file, from the first moment on.

    Raises:
        OSError: as the file system raises; the target is then as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    mode = OWNER_ONLY if private else _EVERYBODY
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data.encode() if isinstance(data, str) else data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise
