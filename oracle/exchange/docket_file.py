"""The docket on disk: an SQLite file whose statements outlast a power failure."""

import json
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from fedjury.checks.json_values import parse_json
from fedjury.errors import TransientError
from fedjury.protocol.statements.endpoint import Announcement
from fedjury.protocol.statements.reports import CertificateBody
from fedjury.protocol.statements.signed import (
    RoundKey,
    RoundStatement,
    Signed,
    signed_from,
    signed_from_bytes,
)
from fedjury.runtime.database import Database

_SCHEMA = """
CREATE TABLE owner (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE keys (
    round INTEGER NOT NULL,
    updates_hash BLOB NOT NULL,
    jurors TEXT NOT NULL,
    PRIMARY KEY (round, updates_hash)
) WITHOUT ROWID;
CREATE TABLE statements (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    round INTEGER NOT NULL,
    updates_hash BLOB NOT NULL,
    kind TEXT NOT NULL,
    slot INTEGER NOT NULL,
    signer TEXT NOT NULL,
    content BLOB NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (round, updates_hash, kind, slot, signer, content)
);
CREATE TABLE bodies (
    digest BLOB NOT NULL,
    kind TEXT NOT NULL,
    round INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (digest, kind)
);
CREATE TABLE announcements (juror TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
"""
_VERSION = 1
_CERTIFICATE = "certificate"
_OF_A_CONTRADICTION = """
    (round, updates_hash, kind, slot, signer) IN (
        SELECT round, updates_hash, kind, slot, signer FROM statements
        GROUP BY round, updates_hash, kind, slot, signer HAVING count(*) > 1)
"""


class DocketUnwritable(TransientError, sqlite3.Error):
    """The disk does not take what jurors say."""


class DocketUnreadable(TransientError, sqlite3.Error):
    """The disk does not give what jurors said."""


Known = tuple[Signed[RoundStatement] | None, CertificateBody | None]


class DocketFile:
    """Reads and writes the docket's file.

    Args:
        database: the file.
        directory: that goes with it; None where the file stays.
    """

    def __init__(
        self, database: Database, directory: "tempfile.TemporaryDirectory[str] | None" = None
    ) -> None:
        self._database, self._directory = database, directory

    @classmethod
    def open(cls, path: Path | None, owner: Mapping[str, str]) -> "DocketFile":
        """The file at a path, or one that goes with the process.

        Raises:
            ConfigError: it cannot be used.
        """
        directory = None
        if path is None:
            directory = tempfile.TemporaryDirectory(prefix="fedjury-docket-")
            path = Path(directory.name) / "jury.sqlite"
        what = "what jurors said"
        return cls(Database(path, what, _SCHEMA, _VERSION, owner), directory)

    def close(self) -> None:
        """Close the file."""
        self._database.close()
        if self._directory is not None:
            self._directory.cleanup()

    def open_key(self, key: RoundKey, jurors: Sequence[str]) -> None:
        """Remember who judges a key."""
        with self._writing() as writer:
            writer.execute(
                "INSERT OR IGNORE INTO keys VALUES (?, ?, ?)", (*key, json.dumps(list(jurors)))
            )

    def keys(self) -> dict[RoundKey, tuple[str, ...]]:
        """Of all keys that were opened, who judges them. Raises DocketUnreadable, as all that
        reads does."""
        with self._reading() as reader:
            rows = reader.execute("SELECT round, updates_hash, jurors FROM keys").fetchall()
        return {RoundKey(number, hash): tuple(json.loads(text)) for number, hash, text in rows}

    def read(self, key: RoundKey, kinds: Sequence[type[RoundStatement]]) -> Iterator[Known]:
        """All that was kept of a key, in order."""
        with self._reading() as reader:
            rows = reader.execute(
                "SELECT kind, body FROM statements WHERE round = ? AND updates_hash = ? "
                "ORDER BY number",
                key,
            ).fetchall()
        for kind, body in rows:
            if kind == _CERTIFICATE:
                yield None, CertificateBody.from_document(parse_json(body))
            else:
                yield _read(body, kinds), None

    def add(self, signed: Signed[RoundStatement]) -> None:
        """Keep a statement. Raises DocketUnwritable."""
        statement = signed.statement
        place = (*statement.key, statement.kind, statement.slot, signed.signer)
        self._insert((*place, statement.content, signed.to_bytes()))

    def add_certificate(self, certificate: CertificateBody) -> None:
        """Keep a certificate, one a version of the jury. Raises DocketUnwritable."""
        body = certificate.body
        place = (*body.key, _CERTIFICATE, body.jury_version)
        self._insert((*place, "", b"", certificate.to_bytes()))

    def add_body(self, digest: bytes, kind: str, round_number: int, body: bytes) -> None:
        """Keep a body by its digest. Raises DocketUnwritable."""
        with self._writing() as writer:
            writer.execute(
                "INSERT OR IGNORE INTO bodies VALUES (?, ?, ?, ?)",
                (digest, kind, round_number, body),
            )

    def body(self, digest: bytes, kind: str) -> bytes | None:
        """What was kept by a digest."""
        with self._reading() as reader:
            row = reader.execute(
                "SELECT body FROM bodies WHERE digest = ? AND kind = ?", (digest, kind)
            ).fetchone()
        return None if row is None else bytes(row[0])

    def contradictions(
        self, kinds: Sequence[type[RoundStatement]]
    ) -> list[tuple[Signed[RoundStatement], Signed[RoundStatement]]]:
        """Pairs of statements of one juror for one purpose."""
        with self._reading() as reader:
            rows = reader.execute(
                f"SELECT body FROM statements WHERE {_OF_A_CONTRADICTION} "
                "ORDER BY round, updates_hash, kind, slot, signer, number"
            ).fetchall()
        said = [_read(body, kinds) for (body,) in rows]
        return list(zip(said[::2], said[1::2], strict=True))

    def keep_announcement(self, signed: Signed[Announcement]) -> None:
        """Keep where a juror is. Raises DocketUnwritable."""
        with self._writing() as writer:
            writer.execute(
                "INSERT OR REPLACE INTO announcements VALUES (?, ?)",
                (signed.signer, signed.to_bytes()),
            )

    def announcements(self) -> list[Signed[Announcement]]:
        """Where jurors were last, as far as it is known."""
        with self._reading() as reader:
            rows = reader.execute("SELECT body FROM announcements ORDER BY juror").fetchall()
        found = [signed_from_bytes(bytes(body), Announcement) for (body,) in rows]
        return cast(list[Signed[Announcement]], found)

    def forget_before(self, round_number: int) -> None:
        """Forget earlier rounds, but for contradictions."""
        with self._writing() as writer:
            writer.execute(
                f"DELETE FROM statements WHERE round < ? AND NOT {_OF_A_CONTRADICTION}",
                (round_number,),
            )
            writer.execute("DELETE FROM bodies WHERE round < ?", (round_number,))
            writer.execute("DELETE FROM keys WHERE round < ?", (round_number,))

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._database.transaction() as writer:
                yield writer
        except sqlite3.Error as error:
            raise DocketUnwritable(f"the disk does not take what jurors say: {error}") from error

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._database.reading() as reader:
                yield reader
        except sqlite3.Error as error:
            raise DocketUnreadable(f"the disk does not give what jurors said: {error}") from error

    def _insert(self, row: tuple[object, ...]) -> None:
        with self._writing() as writer:
            writer.execute(
                "INSERT INTO statements (round, updates_hash, kind, slot, signer, content, body) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            )


def _read(body: bytes, kinds: Sequence[type[RoundStatement]]) -> Signed[RoundStatement]:
    return cast(Signed[RoundStatement], signed_from(parse_json(bytes(body)), *kinds))
