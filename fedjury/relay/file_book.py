"""The files that clients handed to a relay, until they may be in the store."""

from collections.abc import Iterator, Sequence

from fedjury.protocol.digest import Digest
from fedjury.relay.records import BatchState
from fedjury.runtime.database import Database, count_rows

PAGE = 256  # files looked at in one turn of the database: others that read wait no longer

_IS_DUE = """EXISTS (
    SELECT 1 FROM updates CROSS JOIN batches ON batches.id = updates.batch
    WHERE updates.digest = files.digest AND batches.state = :posted AND batches.is_deep
)"""
_IS_WANTED = """EXISTS (
    SELECT 1 FROM updates LEFT JOIN batches ON batches.id = updates.batch
    WHERE updates.digest = {digest}
    AND (updates.round >= :round OR batches.state IN (:formed, :noted, :posted))
)"""
_ON_CHAIN_PERHAPS = {
    "formed": BatchState.FORMED,
    "noted": BatchState.NOTED,
    "posted": BatchState.POSTED,
}


class FileBook:
    """What is known of these files; their bytes lie elsewhere.

    Args:
        database: of the relay.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def kept_bytes(self) -> int:
        """How many bytes of files are kept until they may be in the store."""
        with self._database.reading() as reader:
            row = reader.execute("SELECT sum(bytes) FROM files WHERE NOT is_stored").fetchone()
        return int(row[0] or 0)

    def kept(self) -> list[Digest]:
        """The files that are kept until they may be in the store."""
        with self._database.reading() as reader:
            rows = reader.execute("SELECT digest FROM files WHERE NOT is_stored").fetchall()
        return [Digest(digest) for (digest,) in rows]

    def has(self, digest: Digest) -> bool:
        """Whether a file was handed in."""
        with self._database.reading() as reader:
            return count_rows(reader, "files WHERE digest = ?", bytes(digest)) > 0

    def is_wanted(self, digest: Digest, current: int) -> bool:
        """Whether a file may ever be due: an update of it stands on chain, or may come to.

        Args:
            digest: of the file.
            current: the current round's number.
        """
        values = {"digest": bytes(digest), "round": current, **_ON_CHAIN_PERHAPS}
        with self._database.reading() as reader:
            query = "SELECT " + _IS_WANTED.format(digest=":digest")
            return bool(reader.execute(query, values).fetchone()[0])

    def drop_unwanted(self, current: int) -> list[Digest]:
        """Forget the files that are not stored and are not wanted any more.

        Args:
            current: the current round's number.

        Returns:
            Those files.
        """
        wanted = _IS_WANTED.format(digest="files.digest")
        with self._database.transaction() as writer:
            rows = writer.execute(
                f"SELECT digest FROM files WHERE NOT is_stored AND NOT {wanted}",
                {"round": current, **_ON_CHAIN_PERHAPS},
            ).fetchall()
            writer.executemany("DELETE FROM files WHERE digest = ?", rows)
        return [Digest(digest) for (digest,) in rows]

    def put(self, digest: Digest, size: int) -> None:
        """A file was handed in and lies on disk."""
        with self._database.transaction() as writer:
            writer.execute(
                "INSERT OR IGNORE INTO files (digest, bytes) VALUES (?, ?)", (bytes(digest), size)
            )

    def stored(self, digests: Sequence[Digest]) -> None:
        """Files that were handed in are in the store."""
        with self._database.transaction() as writer:
            writer.executemany(
                "UPDATE files SET is_stored = 1 WHERE digest = ?",
                [(bytes(each),) for each in digests],
            )

    def due(self) -> Iterator[Digest]:
        """Files that may be in the store now: their batches are as deep as they have to be.

        What comes in or is stored meanwhile may be among them or not.
        """
        last = b""
        while rows := self._page(last):
            last = rows[-1][0]
            yield from (Digest(digest) for digest, is_due in rows if is_due)

    def _page(self, after: bytes) -> list[tuple[bytes, int]]:
        """The next files that are not stored, and whether each is due."""
        with self._database.reading() as reader:
            return reader.execute(
                f"SELECT digest, {_IS_DUE} FROM files INDEXED BY unstored "
                "WHERE NOT is_stored AND digest > :after ORDER BY digest LIMIT :page",
                {"posted": BatchState.POSTED, "after": after, "page": PAGE},
            ).fetchall()
