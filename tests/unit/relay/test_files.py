import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from fedjury.errors import ContentNotFound
from fedjury.protocol.digest import Digest
from fedjury.relay.files import TURN_SECONDS, HandedFiles
from fedjury.relay.refusals import Refusal, Refused
from fedjury.relay.shelf import RETRY_SECONDS
from tests.support.fake_federation import CLIENTS
from tests.support.relay_parts import RelayParts

Start = Callable[..., RelayParts]
DATA = b"the file of an update"
DIGEST = Digest.of(DATA)


def hand_in(files: HandedFiles, data: bytes = DATA, announced: int | None = len(DATA)) -> None:
    """Hand in a file under the digest of `DATA`, in two pieces."""
    assert not files.has(DIGEST)
    with files.receive(DIGEST, announced) as incoming:
        incoming.write(data[:5])
        incoming.write(data[5:])
        incoming.finish()


def taken(parts: RelayParts) -> RelayParts:
    """The relay, once it has taken in the update of that file."""
    parts.cycle()
    parts.take(0, DATA.decode())
    return parts


def refusal(action: Callable[[], object]) -> Refusal:
    """What an action is refused with."""
    with pytest.raises(Refused) as refused:
        action()
    return refused.value.reason


def is_stored(parts: RelayParts) -> bool:
    """Whether the file is in the store."""
    try:
        return parts.federation.store.fetch(DIGEST, 4096, 1.0) == DATA
    except ContentNotFound:
        return False


def test_a_file_is_in_the_store_only_once_its_batch_is_deep(start: Start) -> None:
    parts = taken(start(confirmations=2, every=1))
    hand_in(parts.files)
    parts.work()
    assert len(parts.account.sent) == 1
    assert not is_stored(parts)
    parts.federation.chain.height += 2
    parts.work()
    assert is_stored(parts)
    assert os.listdir(parts.files._directory) == []
    assert parts.files.has(DIGEST)


def test_a_file_that_comes_after_its_batch_is_stored_too(start: Start) -> None:
    parts = taken(start(every=1))
    parts.work()
    hand_in(parts.files)
    parts.work()
    assert is_stored(parts)


def test_a_file_outlasts_a_restart(start: Start) -> None:
    parts = taken(start(confirmations=2, every=1))
    hand_in(parts.files)
    parts = start(confirmations=2, every=1)
    assert parts.files.has(DIGEST)
    parts.work()
    parts.federation.chain.height += 2
    parts.work()
    assert is_stored(parts)


def test_a_store_that_is_down_gets_the_file_later(start: Start) -> None:
    parts = taken(start(every=1))
    parts.work()
    hand_in(parts.files)
    parts.federation.store.is_down = True
    parts.work()
    assert "does not work: gone" in parts.shelf.trouble
    parts.federation.store.is_down = False
    assert not is_stored(parts)
    parts.seconds += RETRY_SECONDS
    parts.work()
    assert is_stored(parts)


def test_a_file_without_a_receipt_is_refused(relay: RelayParts) -> None:
    assert refusal(lambda: relay.files.has(DIGEST)) is Refusal.NO_RECEIPT


def test_other_bytes_than_the_digests_are_refused_and_leave_nothing(start: Start) -> None:
    parts = taken(start())
    assert refusal(lambda: hand_in(parts.files, b"something else", None)) is Refusal.WRONG_FILE
    assert os.listdir(parts.files._directory) == []
    hand_in(parts.files)


@pytest.mark.parametrize("announced", [4097, None])
def test_a_file_that_is_too_large_is_refused_at_once(start: Start, announced: int | None) -> None:
    parts = taken(start())
    large = b"\0" * 4097
    assert refusal(lambda: hand_in(parts.files, large, announced)) is Refusal.TOO_LARGE
    assert os.listdir(parts.files._directory) == []


def test_no_more_is_kept_than_the_limit_says(start: Start) -> None:
    parts = taken(start(keep_bytes=len(DATA) + 5))
    hand_in(parts.files)
    parts.take(1, "another file")
    other = Digest.of(b"another file")
    assert not parts.files.has(other)

    def hand_in_other() -> None:
        with parts.files.receive(other, 12):
            raise AssertionError("taken in")

    assert refusal(hand_in_other) is Refusal.FILES_FULL


def offered(parts: RelayParts) -> Digest:
    """The digest of another file whose update the relay has taken in, of 12 bytes."""
    parts.take(1, "another file")
    other = Digest.of(b"another file")
    assert not parts.files.has(other)
    return other


def test_what_has_arrived_of_files_counts_for_the_limit(start: Start) -> None:
    parts = taken(start(keep_bytes=25))
    other = offered(parts)
    with parts.files.receive(DIGEST, len(DATA)) as incoming:
        incoming.write(DATA[:14])
        with pytest.raises(Refused) as refused, parts.files.receive(other, 12):
            pass
        assert refused.value.reason is Refusal.FILES_FULL
        with parts.files.receive(other, 11) as second:
            second.write(b"x" * 11)
            assert refusal(lambda: incoming.write(DATA[14:15])) is Refusal.FILES_FULL
    hand_in(parts.files)


@pytest.mark.parametrize("announced", [4096, None])
def test_what_is_only_announced_takes_no_space(start: Start, announced: int | None) -> None:
    parts = taken(start(keep_bytes=4096))
    other = offered(parts)
    with parts.files.receive(DIGEST, announced):
        with parts.files.receive(other, 12) as incoming:
            incoming.write(b"another file")
            incoming.finish()
        assert parts.files.has(other)


def test_of_one_file_one_copy_at_a_time_is_taken_in(start: Start) -> None:
    parts = taken(start())
    with parts.files.receive(DIGEST, len(DATA)) as incoming:
        assert refusal(lambda: hand_in(parts.files)) is Refusal.BUSY
        incoming.write(DATA[:5])
    hand_in(parts.files)


def test_the_space_of_files_that_are_stored_is_free_for_a_file_on_its_way(start: Start) -> None:
    parts = taken(start(keep_bytes=len(DATA) + 6, every=1))
    other = offered(parts)
    hand_in(parts.files)
    with parts.files.receive(other, 6) as incoming:
        incoming.write(b"anothe")
        parts.work()
        assert is_stored(parts)
        incoming.write(b"r file")
        incoming.finish()
    assert parts.queue.files.kept_bytes() == 12


def test_a_file_that_is_stored_already_leaves_no_bytes(start: Start) -> None:
    parts = taken(start(every=1))
    hand_in(parts.files)
    parts.work()
    assert is_stored(parts)
    with parts.files.receive(DIGEST, len(DATA)) as incoming:
        incoming.write(DATA)
        incoming.finish()
    assert os.listdir(parts.files._directory) == []
    assert parts.queue.files.kept_bytes() == 0


def test_a_file_that_the_book_does_not_take_leaves_no_bytes(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = taken(start())

    def fail(digest: Digest, size: int) -> None:
        raise sqlite3.OperationalError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(parts.queue.files, "put", fail)
        with pytest.raises(sqlite3.OperationalError):
            hand_in(parts.files)
    assert os.listdir(parts.files._directory) == []
    hand_in(parts.files)


def test_what_a_killed_process_left_is_removed(start: Start) -> None:
    parts = taken(start())
    hand_in(parts.files)
    directory = parts.files._directory
    for name in ("0123456789abcdef.part", Digest.of(b"nobody's").cid):
        (directory / name).write_bytes(b"left")
    parts = start()
    assert os.listdir(directory) == [DIGEST.cid]


def test_a_file_that_is_damaged_on_disk_is_told_and_not_stored(start: Start) -> None:
    parts = taken(start(every=1))
    hand_in(parts.files)
    Path(parts.files._directory / DIGEST.cid).write_bytes(b"damaged")
    parts.work()
    assert not is_stored(parts)
    assert "file-gone" in parts.names()


def six_handed_in(parts: RelayParts) -> list[Digest]:
    """Hand in six files, whose batch is posted and deep."""
    parts.cycle()
    texts = [f"file {client}" for client in range(6)]
    for client, text in enumerate(texts):
        parts.take(client, text)
    parts.work()
    for text in texts:
        with parts.files.receive(Digest.of(text.encode()), None) as incoming:
            incoming.write(text.encode())
            incoming.finish()
    return [Digest.of(text.encode()) for text in texts]


def test_as_many_files_as_there_is_time_for_are_stored_in_one_turn(start: Start) -> None:
    parts = start(every=6)
    digests = six_handed_in(parts)
    assert parts.files.store_due(parts.shelf, parts.told.append)
    for each in digests:
        assert parts.federation.store.fetch(each, 4096, 1.0)
    assert parts.queue.files.kept() == []
    assert os.listdir(parts.files._directory) == []
    assert not parts.files.store_due(parts.shelf, parts.told.append)


def test_storing_files_leaves_time_for_other_work(start: Start) -> None:
    parts = start(every=6)
    six_handed_in(parts)
    parts.files._clock = iter([10.0, 10.0, 10.0 + TURN_SECONDS, 20.0, 30.0]).__next__
    assert parts.files.store_due(parts.shelf, parts.told.append)
    assert len(parts.queue.files.kept()) == 4
    assert parts.files.store_due(parts.shelf, parts.told.append)
    assert len(parts.queue.files.kept()) == len(os.listdir(parts.files._directory)) == 3


def test_a_store_that_fails_in_the_middle_keeps_what_it_has_and_gets_the_rest_later(
    start: Start,
) -> None:
    parts = start(every=6)
    six_handed_in(parts)
    needed = iter([1000.0, 1000.0, 0.0])
    assert not parts.files.store_due(parts.shelf, parts.told.append, needed.__next__)
    assert len(parts.queue.files.kept()) == 4
    assert parts.files.store_due(parts.shelf, parts.told.append)
    assert parts.names().count("file-stored") == 6


def next_round(parts: RelayParts) -> None:
    """The open round has too few updates, and the next one is open."""
    parts.federation.chain.timestamp = parts.federation.contract.deadline
    parts.work()
    parts.federation.contract.void()
    parts.work()


def test_a_file_that_is_in_no_batch_goes_once_its_round_is_over(start: Start) -> None:
    parts = taken(start(keep_bytes=len(DATA), every=6))
    receipt = parts.take(0, DATA.decode())
    held = parts.signed(0, DATA.decode())
    hand_in(parts.files)
    parts.federation.contract.submit(CLIENTS[0].address, DIGEST)  # so no batch has it
    parts.work()
    assert os.listdir(parts.files._directory) == [DIGEST.cid]
    next_round(parts)
    assert parts.account.sent == []
    assert os.listdir(parts.files._directory) == []
    assert refusal(lambda: parts.files.has(DIGEST)) is Refusal.TOO_LATE
    assert parts.intake.take(held) == receipt
    other = offered(parts)
    with parts.files.receive(other, 12) as incoming:
        incoming.write(b"another file")
        incoming.finish()
    assert parts.queue.files.kept() == [other]


def test_a_member_cannot_fill_the_relay_round_after_round(start: Start) -> None:
    parts = start(keep_bytes=2 * 4096, every=6)
    for number in range(5):
        parts.cycle()
        data = bytes([number]) * 4096
        parts.take(0, data.decode())
        with parts.files.receive(Digest.of(data), 4096) as incoming:
            incoming.write(data)
            incoming.finish()
        parts.federation.contract.submit(CLIENTS[0].address, Digest.of(data))
        next_round(parts)
        assert parts.queue.files.kept() == []


def test_a_file_whose_batch_is_not_deep_yet_outlasts_its_round(start: Start) -> None:
    parts = taken(start(confirmations=2, every=1))
    hand_in(parts.files)
    parts.work()
    next_round(parts)
    next_round(parts)
    parts.federation.chain.height += 2
    parts.work()
    assert is_stored(parts)


def test_a_file_that_comes_after_its_round_for_a_posted_update_is_stored(start: Start) -> None:
    parts = taken(start(every=1))
    parts.work()
    next_round(parts)
    hand_in(parts.files)
    parts.work()
    assert is_stored(parts)


def test_a_restarted_relay_drops_what_is_in_no_batch_too(start: Start) -> None:
    parts = taken(start(every=6))
    hand_in(parts.files)
    parts.federation.contract.submit(CLIENTS[0].address, DIGEST)
    parts.federation.chain.timestamp = parts.federation.contract.deadline
    parts.federation.contract.void()
    parts = start(every=6)
    parts.work()
    assert (parts.queue.files.kept(), os.listdir(parts.files._directory)) == ([], [])


def test_a_file_that_is_still_coming_when_its_round_ends_is_refused(start: Start) -> None:
    parts = taken(start(every=6))
    parts.federation.contract.submit(CLIENTS[0].address, DIGEST)
    with parts.files.receive(DIGEST, len(DATA)) as incoming:
        incoming.write(DATA)
        next_round(parts)
        assert refusal(incoming.finish) is Refusal.TOO_LATE
    assert (parts.queue.files.kept(), os.listdir(parts.files._directory)) == ([], [])
