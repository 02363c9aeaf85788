"""The batches that a relay has made: their files, their nonces, and how far they have come."""

import sqlite3
from collections.abc import Callable, Collection, Sequence
from typing import Any

from fedjury.protocol.batch_file import BatchEntry, BatchFile
from fedjury.protocol.digest import Digest
from fedjury.relay.database import key_values, raw_address
from fedjury.relay.records import PENDING, Batch, BatchState, RoundKey
from fedjury.relay.unposted import Unposted
from fedjury.runtime.database import Database

_BATCH = "id, round, parent, digest, count, state, nonce, since, block, is_deep"


class BatchBook:
    """The batches of one relay.

    Args:
        database: of the relay.
        unposted: is told what changes.
    """

    def __init__(self, database: Database, unposted: Unposted) -> None:
        self._database, self._unposted = database, unposted

    def form(self, key: RoundKey, most: int, left_out: Collection[str] = ()) -> Batch | None:
        """Make a batch of updates that wait, the earliest first.

        Args:
            key: their round.
            most: how many it may have.
            left_out: clients whose updates go on waiting.

        Returns:
            The batch; None where none waits.
        """
        with self._database.transaction() as writer:
            rows = _entries(
                writer, "round = ? AND parent = ? AND batch IS NULL", key_values(key), left_out
            )[:most]
            if not rows:
                return None
            batch = _insert_batch(writer, key, rows, BatchState.FORMED)
            self._unposted.forget(key)
        return batch

    def content(self, batch: Batch) -> bytes:
        """A batch's file."""
        with self._database.reading() as reader:
            row = reader.execute("SELECT content FROM batches WHERE id = ?", (batch.id,)).fetchone()
        return bytes(row[0])

    def of(self, key: RoundKey) -> list[Batch]:
        """All batches of a round, in the order in which they were made."""
        return self._select("round = ? AND parent = ?", *key_values(key))

    def posted_updates(self, key: RoundKey) -> int:
        """How many updates of a round stand on chain in batches of this relay."""
        return sum(each.count for each in self.of(key) if each.state is BatchState.POSTED)

    def nonce_after_posted(self) -> int:
        """The nonce after the last one of a batch that stands on chain; 0 where none does."""
        with self._database.reading() as reader:
            (last,) = reader.execute(
                "SELECT max(nonce) FROM batches WHERE state = ?", (BatchState.POSTED,)
            ).fetchone()
        return 0 if last is None else int(last) + 1

    def unsettled(self) -> list[Batch]:
        """The batches of which it is not certain yet what becomes of them."""
        return self._select(
            "state IN (?, ?) OR state = ? AND NOT is_deep", *PENDING, BatchState.POSTED
        )

    def note(self, batch: Batch, nonce: int, since: int) -> None:
        """Before a batch is sent: at this nonce, and at no other.

        Args:
            batch: that is to be sent.
            nonce: of the relay's account.
            since: number of the newest block.
        """
        self._set(batch, state=BatchState.NOTED, nonce=nonce, since=since)

    def release_nonce(self, batch: Batch) -> None:
        """Another transaction was mined at a batch's nonce for good: it may have another one."""
        self._set(batch, state=BatchState.FORMED, nonce=None, since=0)

    def revive(self, batch: Batch) -> None:
        """A batch that was dropped has its round back, after a reorganization."""
        state = BatchState.FORMED if batch.nonce is None else BatchState.NOTED
        self._set(batch, state=state)

    def drop(self, batch: Batch) -> None:
        """A batch's round takes no batch any more, and it stands in none."""
        self._set(batch, state=BatchState.DROPPED)

    def owed(self) -> list[Batch]:
        """The batches that stand on chain while the store has not taken their files."""
        return self._select("state = ? AND is_owed", BatchState.POSTED)

    def owes_nothing(self, batch: Batch) -> None:
        """The store has taken a batch's file, or it is too late for that."""
        self._set(batch, is_owed=0)

    def undo(self, batch: Batch) -> None:
        """A reorganization took back a batch."""
        self._set(batch, state=BatchState.NOTED, block=None)

    def posted(
        self, batch: Batch, block: int, *, is_deep: bool, spend: Callable[[int], None] | None = None
    ) -> None:
        """A batch stands on chain.

        Where a smaller one had taken its place, its updates are in this one all the same: the
        smaller one, at the same nonce, will never be mined.

        Args:
            batch: that stands there.
            block: number of the block.
            is_deep: whether it has the relay's confirmations.
            spend: takes its count off the room; who hands in meanwhile finds both done, or neither.
        """
        with self._database.transaction() as writer:
            if spend is not None:
                spend(batch.count)
            if batch.state is BatchState.REPLACED:
                _claim(writer, batch)
            _update(writer, batch.id, state=BatchState.POSTED, block=block, is_deep=int(is_deep))
            self._unposted.forget(batch.key)

    def clients(self, batch: Batch) -> list[str]:
        """The clients whose updates are in a batch."""
        return [each.client for each in BatchFile(self.content(batch))]

    def cut(self, batch: Batch, most: int, left_out: Collection[str] = ()) -> Batch | None:
        """A smaller batch in the place of one, at the same nonce; the other updates wait again.

        Args:
            batch: that is too large, or has what it need not have.
            most: how many updates the smaller one has, at least 1.
            left_out: clients whose updates are not among them.

        Returns:
            The smaller one; None where no update is left for it.
        """
        with self._database.transaction() as writer:
            rows = _entries(writer, "batch = ?", (batch.id,), left_out)[:most]
            writer.execute("UPDATE updates SET batch = NULL WHERE batch = ?", (batch.id,))
            _update(writer, batch.id, state=BatchState.REPLACED)
            self._unposted.forget(batch.key)
            if not rows:
                return None
            return _insert_batch(
                writer, batch.key, rows, batch.state, nonce=batch.nonce, since=batch.since
            )

    def _select(self, where: str, *values: object) -> list[Batch]:
        with self._database.reading() as reader:
            rows = reader.execute(
                f"SELECT {_BATCH} FROM batches WHERE {where} ORDER BY id", values
            ).fetchall()
        return [_batch(row) for row in rows]

    def _set(self, batch: Batch, **values: object) -> None:
        with self._database.transaction() as writer:
            _update(writer, batch.id, **values)
            self._unposted.forget(batch.key)


def _entries(
    writer: sqlite3.Connection, where: str, values: Sequence[object], left_out: Collection[str]
) -> list[tuple[int, bytes, bytes, bytes]]:
    """The rows of updates, the earliest first, without those of some clients."""
    rows = writer.execute(
        f"SELECT id, client, digest, signature FROM updates WHERE {where} ORDER BY id", values
    ).fetchall()
    absent = set(map(raw_address, left_out))
    return [row for row in rows if row[1] not in absent]


def _insert_batch(
    writer: sqlite3.Connection,
    key: RoundKey,
    rows: Sequence[tuple[int, bytes, bytes, bytes]],
    state: BatchState,
    nonce: int | None = None,
    since: int = 0,
) -> Batch:
    entries = (
        BatchEntry("0x" + client.hex(), Digest(digest), signature)
        for _, client, digest, signature in rows
    )
    file = BatchFile.of(entries)
    digest = Digest.of(file.content)
    number = _revived(writer, digest, state, nonce, since)
    if number is None:
        number = _inserted(writer, key, file, state, nonce, since)
    writer.executemany(
        "UPDATE updates SET batch = ? WHERE id = ?", [(number, row[0]) for row in rows]
    )
    row = writer.execute(f"SELECT {_BATCH} FROM batches WHERE id = ?", (number,)).fetchone()
    return _batch(row)


def _revived(
    writer: sqlite3.Connection, digest: Digest, state: BatchState, nonce: int | None, since: int
) -> int | None:
    """A batch of just these updates that was replaced before: it may have been sent, and keeps
    its nonce."""
    found = writer.execute("SELECT id, nonce FROM batches WHERE digest = ?", (digest,)).fetchone()
    if found is None:
        return None
    number, earlier = found
    if earlier is None:
        _update(writer, number, state=state, nonce=nonce, since=since)
    else:
        _update(writer, number, state=BatchState.NOTED)
    return int(number)


def _inserted(
    writer: sqlite3.Connection,
    key: RoundKey,
    file: BatchFile,
    state: BatchState,
    nonce: int | None,
    since: int,
) -> int:
    digest = Digest.of(file.content)
    cursor = writer.execute(
        "INSERT INTO batches (round, parent, digest, count, content, state, nonce, since) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (*key_values(key), bytes(digest), len(file), file.content, state, nonce, since),
    )
    return int(cursor.lastrowid or 0)


def _claim(writer: sqlite3.Connection, batch: Batch) -> None:
    """Give a batch that had been replaced its updates back."""
    (content,) = writer.execute("SELECT content FROM batches WHERE id = ?", (batch.id,)).fetchone()
    writer.executemany(
        "UPDATE updates SET batch = ? WHERE round = ? AND parent = ? AND client = ?",
        [
            (batch.id, *key_values(batch.key), raw_address(each.client))
            for each in BatchFile(content)
        ],
    )
    writer.execute(
        "UPDATE batches SET state = ? WHERE round = ? AND parent = ? AND nonce = ? AND id != ? "
        "AND state IN (?, ?)",
        (BatchState.REPLACED, *key_values(batch.key), batch.nonce, batch.id, *PENDING),
    )


def _update(writer: sqlite3.Connection, number: int, **values: object) -> None:
    settings = ", ".join(f"{name} = ?" for name in values)
    writer.execute(f"UPDATE batches SET {settings} WHERE id = ?", (*values.values(), number))


def _batch(row: Sequence[Any]) -> Batch:
    number, round_number, parent, digest, count, state, nonce, since, block, is_deep = row
    return Batch(
        id=number,
        key=RoundKey(round_number, Digest(parent)),
        digest=Digest(digest),
        count=count,
        state=BatchState(state),
        nonce=nonce,
        since=since,
        block=block,
        is_deep=bool(is_deep),
    )
