"""Whether the daemon's directory can be used: written, locked, with a database, and with room."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from fedjury.checks.counts import counted
from fedjury.errors import ConfigError
from fedjury.preflight.bench import Bench
from fedjury.preflight.finding import CannotCheck, Finding, ok, problem, warning
from fedjury.preflight.subject import Role
from fedjury.runtime.events import Event
from fedjury.runtime.lock import sole_user

WORK, SPACE = "work directory", "disk space"
FEW_ROUNDS = 10
"""Fewer rounds than these are soon through."""
_PROBE = ".check.sqlite"
_ELSEWHERE = "give the daemon a directory of its own on a local disk, with --work-dir"
_CLIENT_FILES = 4  # an update, kept until the jury has spoken, models, and a client's own state


def check_directory(bench: Bench) -> Iterator[Finding]:
    """Nobody else is at work there, and files, locks and a database do what they should."""
    directory = _directory(bench)
    told: list[Event] = []
    try:
        with sole_user(directory, told.append):
            _try_database(directory / f"{_PROBE}-{os.getpid()}")
    except ConfigError as error:
        yield problem(WORK, str(error), "if that is this very daemon, all is well")
        return
    except (OSError, sqlite3.Error) as error:
        yield problem(WORK, f"{directory} cannot be used: {error}", _ELSEWHERE)
        return
    if told:
        yield warning(WORK, told[0].sentence, _ELSEWHERE)
        return
    yield ok(WORK, f"{directory} can be written and locked, and holds a database")


def check_space(bench: Bench) -> Iterator[Finding]:
    """There is room for the files of some rounds, if every update is as large as it may be."""
    directory, spec = _directory(bench), bench.spec.need()
    members = max(1, bench.overview.need().roster.size)
    files = _CLIENT_FILES if bench.subject.role is Role.CLIENT else members
    needed = files * spec.update.max_bytes
    free = shutil.disk_usage(_existing(directory)).free
    rounds = free // needed
    found = (
        f"{_size(free)} free: enough for {counted(rounds, 'round')} of "
        f"{counted(files, 'file')} of up to {_size(spec.update.max_bytes)}"
    )
    if rounds == 0:
        yield problem(SPACE, found, "make room, or put --work-dir on a larger disk")
    elif rounds < FEW_ROUNDS:
        yield warning(SPACE, found, "make room, or put --work-dir on a larger disk")
    else:
        yield ok(SPACE, found)


def _directory(bench: Bench) -> Path:
    place = bench.subject.own.work_directory
    if place is None:
        raise CannotCheck("this role has no daemon with files of its own")
    return place(bench.address.need())


def _try_database(path: Path) -> None:
    """Write a row the way that daemons do, and read it again.

    Raises:
        sqlite3.Error: that does not work here.
    """
    try:
        with closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA synchronous=FULL")
            with database:
                database.execute("CREATE TABLE tried (value INTEGER)")
                database.execute("INSERT INTO tried VALUES (1)")
            if database.execute("SELECT value FROM tried").fetchall() != [(1,)]:
                raise sqlite3.DatabaseError("a row that was written does not come back")
    finally:
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)


def _existing(directory: Path) -> Path:
    """The directory, or the nearest one above it that is there."""
    return next(each for each in (directory, *directory.absolute().parents) if each.is_dir())


def _size(count: int) -> str:
    """Bytes in the largest unit of which there is at least one."""
    for unit, size in (("TiB", 2**40), ("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"
