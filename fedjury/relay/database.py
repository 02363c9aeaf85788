"""The relay's database: an SQLite file whose transactions are on disk once they are over."""

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from fedjury.errors import ConfigError
from fedjury.relay.records import RoundKey

_SCHEMA = """
CREATE TABLE owner (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE batches (
    id INTEGER PRIMARY KEY,
    round INTEGER NOT NULL,
    parent BLOB NOT NULL,
    digest BLOB NOT NULL UNIQUE,
    count INTEGER NOT NULL,
    state TEXT NOT NULL,
    nonce INTEGER,
    since INTEGER NOT NULL DEFAULT 0,
    block INTEGER,
    is_deep INTEGER NOT NULL DEFAULT 0,
    is_owed INTEGER NOT NULL DEFAULT 1,
    content BLOB NOT NULL -- last: what stands behind a long value is slow to read
);
CREATE TABLE updates (
    id INTEGER PRIMARY KEY,
    round INTEGER NOT NULL,
    parent BLOB NOT NULL,
    client BLOB NOT NULL,
    digest BLOB NOT NULL,
    signature BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    batch INTEGER REFERENCES batches (id),
    UNIQUE (round, parent, client)
);
CREATE INDEX waiting ON updates (round, parent, id) WHERE batch IS NULL;
CREATE INDEX by_batch ON updates (batch);
CREATE INDEX by_digest ON updates (digest);
CREATE TABLE told_left (
    round INTEGER NOT NULL,
    parent BLOB NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (round, parent)
) WITHOUT ROWID;
CREATE TABLE files (
    digest BLOB PRIMARY KEY,
    bytes INTEGER NOT NULL,
    is_stored INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX unstored ON files (digest, bytes, is_stored) WHERE NOT is_stored;
"""
_VERSION = 3
_BUSY_SECONDS = 30.0


class Database:
    """One SQLite file: one connection that writes, one that reads. Safe to use from threads.

    Args:
        path: of the file; made if need be.
        owner: whose it is, by name; a file of another owner is refused.

    Raises:
        ConfigError: it cannot be opened, is damaged, or is of another owner or version.
    """

    def __init__(self, path: Path, owner: Mapping[str, str]) -> None:
        self._path = path
        self._writing, self._reading = threading.RLock(), threading.Lock()
        try:
            self._writer = self._open()
            self._prepare(owner)
            self._reader = self._open()
        except sqlite3.Error as error:
            raise ConfigError(f"{path} cannot be used as the relay's queue: {error}") from error

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
                for statement in filter(str.strip, _SCHEMA.split(";")):
                    writer.execute(statement)
                writer.executemany("INSERT INTO owner VALUES (?, ?)", sorted(owner.items()))
                writer.execute(f"PRAGMA user_version = {_VERSION}")
            elif version != _VERSION:
                raise ConfigError(f"{self._path} is of another version of fedjury")
            if dict(writer.execute("SELECT name, value FROM owner")) != dict(owner):
                raise ConfigError(f"{self._path} is the queue of another account or task")


def key_values(key: RoundKey) -> tuple[int, bytes]:
    """A round as the tables have it: number and parent model."""
    return key.round, bytes(key.parent_model)


def raw_address(client: str) -> bytes:
    """An address as the tables have it: 20 bytes."""
    return bytes.fromhex(client[2:])


def count_rows(connection: sqlite3.Connection, what: str, *values: object) -> int:
    """How many rows there are of a table and a condition, written as SQL."""
    return int(connection.execute(f"SELECT count(*) FROM {what}", values).fetchone()[0])
