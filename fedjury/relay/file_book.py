"""The files that clients handed to a relay, until they may be in the store."""

from fedjury.protocol.digest import Digest
from fedjury.relay.database import Database, count_rows
from fedjury.relay.records import BatchState


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

    def put(self, digest: Digest, size: int) -> None:
        """A file was handed in and lies on disk."""
        with self._database.transaction() as writer:
            writer.execute(
                "INSERT OR IGNORE INTO files (digest, bytes) VALUES (?, ?)", (bytes(digest), size)
            )

    def stored(self, digest: Digest) -> None:
        """A file that was handed in is in the store."""
        with self._database.transaction() as writer:
            writer.execute("UPDATE files SET is_stored = 1 WHERE digest = ?", (bytes(digest),))

    def due(self, most: int) -> list[Digest]:
        """Files that may be in the store now: their batches are as deep as they have to be."""
        with self._database.reading() as reader:
            rows = reader.execute(
                "SELECT DISTINCT files.digest FROM files "
                "JOIN updates ON updates.digest = files.digest "
                "JOIN batches ON batches.id = updates.batch "
                "WHERE NOT files.is_stored AND batches.state = ? AND batches.is_deep LIMIT ?",
                (BatchState.POSTED, most),
            ).fetchall()
        return [Digest(digest) for (digest,) in rows]
