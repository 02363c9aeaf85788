import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fedjury.errors import ConfigError
from fedjury.protocol.batch_file import BatchEntry, BatchFile
from fedjury.protocol.digest import Digest
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.relay import file_book
from fedjury.relay.queue import Queue
from fedjury.relay.records import Batch, BatchState, Held, RoundKey, SignedUpdate
from fedjury.relay.refusals import Refusal, Refused
from tests.support.fake_federation import CHAIN_ID, CLIENTS, TASK_ADDRESS

OWNER = {"account": "0x1", "task": "eip155:1:0x2"}
MODEL = Digest(b"\5" * 32)
KEY = RoundKey(3, MODEL)
TABLES = ("owner", "batches", "updates", "files")


def update(client: int, number: int = 3) -> SignedUpdate:
    """A client's signed update."""
    domain = UpdateDomain(CHAIN_ID, TASK_ADDRESS, number, MODEL)
    digest = Digest.of(f"{client} {number}".encode())
    return SignedUpdate(number, MODEL, domain.sign(CLIENTS[client], digest))


def entries(*clients: int) -> list[BatchEntry]:
    """Entries of updates, as a batch file has them."""
    return sorted((update(each).entry for each in clients), key=BatchEntry.to_bytes)


def put(queue: Queue, *clients: int, number: int = 3) -> list[Held | Refused]:
    """Put updates of these clients into the queue."""
    return queue.put([update(each, number) for each in clients], 1000, lambda _: 100)


def formed(queue: Queue, most: int = 100) -> Batch:
    """A batch of what waits."""
    batch = queue.batches.form(KEY, most)
    assert batch is not None
    return batch


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    """A queue with nothing in it."""
    made = Queue(tmp_path / "queue.sqlite3", OWNER)
    yield made
    made.close()


def content(path: Path) -> dict[str, list[object]]:
    """All rows of a queue's file."""
    connection = sqlite3.connect(path)
    try:
        return {
            table: connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
            for table in TABLES
        }
    finally:
        connection.close()


def test_updates_are_found_as_they_were_put(queue: Queue) -> None:
    put(queue, 0)
    assert queue.find(KEY, CLIENTS[0].address) == Held(update(0).entry.digest, 1000, None)
    assert queue.find(KEY, CLIENTS[1].address) is None
    assert queue.find(RoundKey(4, MODEL), CLIENTS[0].address) is None


def test_a_batch_has_the_earliest_updates(queue: Queue) -> None:
    put(queue, 3, 1)
    put(queue, 2)
    batch = formed(queue, 2)
    file = BatchFile.from_bytes(queue.batches.content(batch))
    assert list(file) == entries(1, 3)
    assert (batch.count, batch.digest) == (2, Digest.of(file.content))
    assert queue.waiting(KEY) == 1
    assert queue.taken(KEY) == 3


def test_no_update_is_in_two_batches(queue: Queue) -> None:
    put(queue, *range(6))
    batches = [formed(queue, 2) for _ in range(3)]
    files = [BatchFile.from_bytes(queue.batches.content(each)) for each in batches]
    found = [entry for file in files for entry in file]
    assert sorted(found, key=BatchEntry.to_bytes) == entries(*range(6))
    assert queue.batches.form(KEY, 2) is None


def test_room_counts_what_waits_and_what_is_on_its_way(queue: Queue) -> None:
    def put_one(client: int) -> Held | Refused:
        return queue.put([update(client)], 1000, lambda _: 2)[0]

    put_one(0)
    batch = formed(queue)
    put_one(1)
    refused = put_one(2)
    assert isinstance(refused, Refused)
    assert refused.reason is Refusal.NO_ROOM
    queue.batches.posted(batch, 7, is_deep=False)
    assert isinstance(put_one(2), Held)
    queue.batches.undo(batch)
    assert isinstance(put_one(3), Refused)


def test_a_smaller_batch_takes_the_nonce_and_the_earliest_updates(queue: Queue) -> None:
    put(queue, 4, 3, 2)
    batch = formed(queue)
    queue.batches.note(batch, nonce=5, since=70)
    (noted,) = queue.batches.of(KEY)
    smaller = queue.batches.cut(noted, 2)
    assert smaller is not None
    assert (smaller.nonce, smaller.since, smaller.state) == (5, 70, BatchState.NOTED)
    assert list(BatchFile.from_bytes(queue.batches.content(smaller))) == entries(3, 4)
    assert queue.waiting(KEY) == 1
    assert queue.batches.unsettled() == [smaller]


def test_a_larger_batch_that_was_mined_after_all_has_its_updates_back(queue: Queue) -> None:
    put(queue, 4, 3, 2)
    queue.batches.note(formed(queue), nonce=5, since=70)
    (noted,) = queue.batches.of(KEY)
    queue.batches.cut(noted, 2)
    larger = queue.batches.of(KEY)[0]
    assert larger.state is BatchState.REPLACED
    queue.batches.posted(larger, 71, is_deep=True)
    assert queue.waiting(KEY) == 0
    assert queue.batches.unsettled() == []
    assert [each.state for each in queue.batches.of(KEY)] == [
        BatchState.POSTED,
        BatchState.REPLACED,
    ]


def test_a_batch_of_another_round_is_not_given_up_for_one_at_its_nonce(queue: Queue) -> None:
    put(queue, 4, 3)
    queue.batches.note(formed(queue), nonce=5, since=70)
    queue.batches.cut(queue.batches.of(KEY)[0], 1)
    put(queue, 2, number=4)
    other = RoundKey(4, MODEL)
    formed_next = queue.batches.form(other, 1)
    assert formed_next is not None
    queue.batches.note(formed_next, nonce=5, since=70)
    queue.batches.posted(queue.batches.of(KEY)[0], 71, is_deep=True)
    assert [each.state for each in queue.batches.of(other)] == [BatchState.NOTED]


def test_a_released_nonce_is_forgotten(queue: Queue) -> None:
    put(queue, 0)
    queue.batches.note(formed(queue), nonce=5, since=70)
    queue.batches.release_nonce(queue.batches.of(KEY)[0])
    (batch,) = queue.batches.of(KEY)
    assert (batch.state, batch.nonce, batch.since) == (BatchState.FORMED, None, 0)


def due(queue: Queue) -> list[Digest]:
    """The files that may be in the store."""
    return list(queue.files.due())


def test_files_are_due_once_their_batch_is_deep(queue: Queue) -> None:
    put(queue, 0, 1)
    digest = update(0).entry.digest
    queue.files.put(digest, 70)
    assert (queue.files.kept_bytes(), due(queue)) == (70, [])
    batch = formed(queue)
    queue.batches.posted(batch, 7, is_deep=False)
    assert due(queue) == []
    queue.batches.posted(batch, 7, is_deep=True)
    assert due(queue) == [digest]
    queue.files.stored([digest])
    assert (queue.files.kept_bytes(), due(queue)) == (0, [])
    assert queue.files.has(digest)


def test_all_due_files_are_found_whatever_stands_between_them(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_book, "PAGE", 2)
    put(queue, 0, 1, 2, 3, 4, 5)
    digests = [update(number).entry.digest for number in range(6)]
    for digest in digests[:5]:
        queue.files.put(digest, 70)
    queue.batches.posted(formed(queue, 4), 7, is_deep=True)
    queue.files.stored([digests[1]])
    assert due(queue) == sorted([digests[0], *digests[2:4]])


def test_a_file_is_wanted_while_its_round_lasts_or_its_batch_may_stand(queue: Queue) -> None:
    put(queue, 0, 1)
    digest, other = (update(number).entry.digest for number in range(2))
    for each in (digest, other):
        queue.files.put(each, 70)

    def wanted(current: int = 4) -> bool:
        return queue.files.is_wanted(digest, current)

    assert (wanted(3), wanted(4)) == (True, False)
    assert queue.files.drop_unwanted(3) == []
    batch = formed(queue, 1)
    assert wanted()
    queue.batches.note(batch, 5, 70)
    assert wanted()
    queue.batches.posted(batch, 7, is_deep=False)
    assert wanted()
    assert queue.files.drop_unwanted(4) == [other]
    queue.batches.undo(batch)
    queue.batches.drop(batch)
    assert (wanted(3), wanted(4)) == (True, False)
    assert queue.files.drop_unwanted(4) == [digest]
    assert not queue.files.has(digest)


def test_a_file_in_the_store_is_not_forgotten_before_its_update(queue: Queue) -> None:
    put(queue, 0)
    digest = update(0).entry.digest
    queue.files.put(digest, 70)
    queue.files.stored([digest])
    assert queue.files.drop_unwanted(9) == []
    assert queue.files.has(digest)


def test_looking_for_due_files_costs_nothing_for_those_that_are_stored(queue: Queue) -> None:
    put(queue, *range(6))
    digests = [update(number).entry.digest for number in range(6)]
    for digest in digests:
        queue.files.put(digest, 70)
    queue.batches.posted(formed(queue), 7, is_deep=True)

    def steps() -> int:
        """Steps of the database's machine that a look takes."""
        counted = list[int]()
        queue._database._reader.set_progress_handler(lambda: counted.append(1), 1)
        due(queue)
        queue._database._reader.set_progress_handler(None, 1)
        return len(counted)

    all_due = steps()
    queue.files.stored(digests[1:])
    one_due = steps()
    queue.files.stored(digests)
    assert all_due > 3 * one_due
    assert steps() < one_due < 100


def test_what_is_forgotten_is_all_of_a_round(queue: Queue) -> None:
    put(queue, 0, number=1)
    put(queue, 0, 1)
    queue.files.put(update(0, 1).entry.digest, 70)
    queue.files.put(update(1).entry.digest, 80)
    assert queue.forget(3) == [update(0, 1).entry.digest]
    assert queue.left_behind(None) == {KEY: 2}
    assert queue.files.kept_bytes() == 80


def test_a_queue_of_another_task_is_refused(queue: Queue, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="another account or task"):
        Queue(tmp_path / "queue.sqlite3", {**OWNER, "task": "eip155:1:0x3"})


def test_a_queue_of_another_version_is_refused(queue: Queue, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "queue.sqlite3")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ConfigError, match="another version of fedjury"):
        Queue(tmp_path / "queue.sqlite3", OWNER)


# --- a kill between any two statements ---


def _cut(queue: Queue) -> None:
    queue.batches.cut(queue.batches.of(KEY)[0], 1)


def _claim(queue: Queue) -> None:
    queue.batches.posted(queue.batches.of(KEY)[0], 7, is_deep=True)


def _with_batch(queue: Queue) -> None:
    put(queue, 0, 1, 2)
    queue.batches.note(formed(queue), 4, 70)


def _with_cut_batch(queue: Queue) -> None:
    _with_batch(queue)
    _cut(queue)


STEPS: dict[str, tuple[Callable[[Queue], object], Callable[[Queue], object]]] = {
    "put": (lambda queue: put(queue, 0), lambda queue: put(queue, 0, 1, 2)),
    "form": (lambda queue: put(queue, 0, 1, 2), lambda queue: formed(queue, 2)),
    "note": (
        lambda queue: (put(queue, 0), formed(queue)),
        lambda queue: queue.batches.note(queue.batches.of(KEY)[0], 4, 70),
    ),
    "post": (_with_batch, _claim),
    "cut": (_with_batch, _cut),
    "claim": (_with_cut_batch, _claim),
    "forget": (_with_cut_batch, lambda queue: queue.forget(4)),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_between_any_two_statements_leaves_all_or_nothing(tmp_path: Path, step: str) -> None:
    path, copies = tmp_path / "queue.sqlite3", list[Path]()
    queue = Queue(path, OWNER)
    prepare, act = STEPS[step]
    prepare(queue)

    def copy(_: str) -> None:
        target = tmp_path / f"copy-{len(copies)}"
        target.mkdir()
        for part in tmp_path.glob("queue.sqlite3*"):
            if not part.name.endswith("-shm"):  # which the system drops with the process
                shutil.copy(part, target)
        copies.append(target / path.name)

    before = content(path)
    queue._database._writer.set_trace_callback(copy)
    act(queue)
    queue._database._writer.set_trace_callback(None)
    after = content(path)
    queue.close()
    assert before != after
    assert len(copies) >= 3  # begin, something, commit
    for each in copies:
        Queue(each, OWNER).close()
        assert content(each) in (before, after)


def test_a_failure_in_the_middle_changes_nothing(queue: Queue, tmp_path: Path) -> None:
    def fail(_: RoundKey) -> int:
        if queue.waiting(KEY) or len(asked) == 2:
            raise sqlite3.OperationalError("disk I/O error")
        asked.append(1)
        return 100

    asked: list[int] = []
    with pytest.raises(sqlite3.OperationalError):
        queue.put([update(0), update(1), update(2)], 1000, fail)
    assert queue.taken(KEY) == 0
    assert [each for each in put(queue, 0, 1, 2) if isinstance(each, Held)]
    assert queue.taken(KEY) == 3
