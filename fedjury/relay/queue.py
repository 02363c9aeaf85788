"""A relay's queue on disk: updates until they stand on chain, and the batches that they are in.

Every method is one transaction: after a kill at any moment the file is as before a method or as
after it.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from eth_utils.address import to_checksum_address

from fedjury.protocol.digest import Digest
from fedjury.relay.batch_book import BatchBook
from fedjury.relay.database import key_values, open_database, raw_address
from fedjury.relay.file_book import FileBook
from fedjury.relay.records import Held, RoundKey, SignedUpdate
from fedjury.relay.refusals import Refusal, Refused
from fedjury.relay.unposted import Unposted
from fedjury.runtime.database import count_rows


class Queue:
    """The queue of one relay for one task.

    Args:
        path: of its file; made if need be.
        owner: whose it is, by name: account, task and chain.

    Attributes:
        batches: that its updates are in.
        files: that clients handed in.

    Raises:
        ConfigError: the file cannot be used, or is another's.
    """

    def __init__(self, path: Path, owner: Mapping[str, str]) -> None:
        self._database = open_database(path, owner)
        self._unposted = Unposted()
        self.batches = BatchBook(self._database, self._unposted)
        self.files = FileBook(self._database)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    # --- updates ---

    def find(self, key: RoundKey, client: str) -> Held | None:
        """What a client handed in for a round; None for nothing."""
        with self._database.reading() as reader:
            return _find(reader, key, client)

    def put(
        self, updates: Sequence[SignedUpdate], received_at: int, room: Callable[[RoundKey], int]
    ) -> list[Held | Refused]:
        """Put updates into the queue, all of them in one transaction.

        Args:
            updates: whose signatures were checked.
            received_at: Unix seconds.
            room: how many updates of a round may wait for being posted; raises Refused where
                none of it is taken in.

        Returns:
            For each update what is on disk for it now, which is what it was taken in as before if
            it was; or why it is not taken in.

        Raises:
            sqlite3.Error: none is on disk.
        """
        try:
            with self._database.transaction() as writer:
                return [self._put(writer, each, received_at, room) for each in updates]
        except sqlite3.Error:
            self._unposted.forget()
            raise

    def _put(
        self,
        writer: sqlite3.Connection,
        update: SignedUpdate,
        received_at: int,
        room: Callable[[RoundKey], int],
    ) -> Held | Refused:
        key, entry = update.key, update.entry
        held = _find(writer, key, entry.client)
        if held is not None:
            return held if held.digest == entry.digest else conflict(held)
        try:
            most = room(key)
        except Refused as refused:
            return refused
        if self._unposted.count(writer, key) >= most:
            return Refused(
                Refusal.NO_ROOM,
                f"batches have no room for more updates in round {key.round}: submit it yourself",
            )
        writer.execute(
            "INSERT INTO updates (round, parent, client, digest, signature, received_at) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (
                *key_values(key),
                raw_address(entry.client),
                bytes(entry.digest),
                entry.signature,
                received_at,
            ),
        )
        self._unposted.add(key)
        return Held(entry.digest, received_at, None)

    def waiting(self, key: RoundKey) -> int:
        """How many updates of a round are in no batch."""
        with self._database.reading() as reader:
            return count_rows(
                reader, "updates WHERE round = ? AND parent = ? AND batch IS NULL", *key_values(key)
            )

    def waiting_clients(self, key: RoundKey) -> list[str]:
        """The clients whose updates of a round are in no batch."""
        with self._database.reading() as reader:
            rows = reader.execute(
                "SELECT client FROM updates WHERE round = ? AND parent = ? AND batch IS NULL",
                key_values(key),
            ).fetchall()
        return [to_checksum_address(client) for (client,) in rows]

    def taken(self, key: RoundKey) -> int:
        """How many updates were taken in for a round."""
        with self._database.reading() as reader:
            return count_rows(reader, "updates WHERE round = ? AND parent = ?", *key_values(key))

    def left_behind(self, current: RoundKey | None) -> dict[RoundKey, int]:
        """By round how many updates are in no batch, of all rounds but the current one."""
        with self._database.reading() as reader:
            rows = reader.execute(
                "SELECT round, parent, count(*) FROM updates WHERE batch IS NULL "
                "GROUP BY round, parent"
            ).fetchall()
        found = {RoundKey(number, Digest(parent)): count for number, parent, count in rows}
        return {key: count for key, count in found.items() if key != current}

    def is_told(self, key: RoundKey, count: int) -> bool:
        """Whether it was told that so many updates of a round were left behind."""
        with self._database.reading() as reader:
            where = "told_left WHERE round = ? AND parent = ? AND count = ?"
            return count_rows(reader, where, *key_values(key), count) > 0

    def note_told(self, key: RoundKey, count: int) -> None:
        """It is told that so many updates of a round were left behind."""
        with self._database.transaction() as writer:
            writer.execute(
                "INSERT OR REPLACE INTO told_left VALUES (?, ?, ?)", (*key_values(key), count)
            )

    def has_digest(self, digest: Digest) -> bool:
        """Whether an update of this digest was taken in."""
        with self._database.reading() as reader:
            return count_rows(reader, "updates WHERE digest = ?", bytes(digest)) > 0

    def forget(self, before: int) -> list[Digest]:
        """Forget rounds that are long over.

        Args:
            before: the first round that is kept.

        Returns:
            Files of theirs that were never put into the store.
        """
        with self._database.transaction() as writer:
            writer.execute("DELETE FROM updates WHERE round < ?", (before,))
            writer.execute("DELETE FROM batches WHERE round < ?", (before,))
            writer.execute("DELETE FROM told_left WHERE round < ?", (before,))
            gone = "digest NOT IN (SELECT digest FROM updates)"
            rows = writer.execute(f"SELECT digest FROM files WHERE {gone} AND NOT is_stored")
            left = [Digest(digest) for (digest,) in rows.fetchall()]
            writer.execute(f"DELETE FROM files WHERE {gone}")
            self._unposted.forget()
        return left


def conflict(held: Held) -> Refused:
    """The refusal of an update whose client has handed in another one."""
    return Refused(
        Refusal.CONFLICT,
        f"this client has handed in another update for this round and model, {held.digest.cid}",
    )


def _find(connection: sqlite3.Connection, key: RoundKey, client: str) -> Held | None:
    row = connection.execute(
        "SELECT digest, received_at, batch FROM updates "
        "WHERE round = ? AND parent = ? AND client = ?",
        (*key_values(key), raw_address(client)),
    ).fetchone()
    return None if row is None else Held(Digest(row[0]), int(row[1]), row[2])
