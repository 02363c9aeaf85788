"""The relay's tables."""

from collections.abc import Mapping
from pathlib import Path

from fedjury.relay.records import RoundKey
from fedjury.runtime.database import Database

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


def open_database(path: Path, owner: Mapping[str, str]) -> Database:
    """The file of a relay's queue; arguments and errors as of `Database`."""
    return Database(path, "the relay's queue", _SCHEMA, _VERSION, owner)


def key_values(key: RoundKey) -> tuple[int, bytes]:
    """A round as the tables have it: number and parent model."""
    return key.round, bytes(key.parent_model)


def raw_address(client: str) -> bytes:
    """An address as the tables have it: 20 bytes."""
    return bytes.fromhex(client[2:])
