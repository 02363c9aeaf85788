"""An SQLite file of a daemon's own, whose transactions are on disk once they are over."""

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from fedjury.errors import ConfigError
from fedjury.runtime.files import OWNER_ONLY

_BUSY_SECONDS = 30.0


class Database:
    """One SQLite file: one connection that writes, one that reads. Safe to use from threads.

    Args:
        path: of the file; made if need be.
        what: it is, for errors: "the relay's queue".
        schema: SQL statements that make the tables.
        version: of the schema; a file of another is refused.
        owner: whose it is, by name; a file of another owner is refused.

    Raises:
        ConfigError: it cannot be opened, is damaged, or is of another owner or version.
    """

    def __init__(
        self, path: Path, what: str, schema: str, version: int, owner: Mapping[str, str]
    ) -> None:
        self._path, self._what = path, what
        self._schema, self._version = schema, version
        self._writing, self._reading = threading.RLock(), threading.Lock()
        try:
            self._make_private()
            self._writer = self._open()
            self._prepare(owner)
            self._reader = self._open()
        except sqlite3.Error as error:
            raise ConfigError(f"{path} cannot be used as {what}: {error}") from error

    def close(self) -> None:
        """Close the file once what is under way is done."""
        with self._writing, self._reading:
            self._reader.close()
            self._writer.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all or nothing, and on disk when the block has ended.

        Raises:
            sqlite3.Error: nothing was changed, as the disk is full or broken.
        """
        with self._writing:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """What transactions that are over have left."""
        with self._reading:
            yield self._reader

    def _make_private(self) -> None:
        """For its owner alone, which the files beside it follow: it may hold what only some see.

        Raises:
            sqlite3.OperationalError: it cannot be made.
        """
        try:
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, OWNER_ONLY))
            os.chmod(self._path, OWNER_ONLY)
        except OSError as error:
            raise sqlite3.OperationalError(str(error)) from error

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # a receipt outlasts a power failure
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def _prepare(self, owner: Mapping[str, str]) -> None:
        with self.transaction() as writer:
            version = int(writer.execute("PRAGMA user_version").fetchone()[0])
            if version == 0:
                for statement in filter(str.strip, self._schema.split(";")):
                    writer.execute(statement)
                writer.executemany("INSERT INTO owner VALUES (?, ?)", sorted(owner.items()))
                writer.execute(f"PRAGMA user_version = {self._version}")
            elif version != self._version:
                raise ConfigError(f"{self._path} is of another version of fedjury")
            if dict(writer.execute("SELECT name, value FROM owner")) != dict(owner):
                raise ConfigError(f"{self._path} is {self._what} of another account or task")


def count_rows(connection: sqlite3.Connection, what: str, *values: object) -> int:
    """How many rows there are of a table and a condition, written as SQL."""
    return int(connection.execute(f"SELECT count(*) FROM {what}", values).fetchone()[0])
