import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fedjury.errors import ContentNotFound
from fedjury.protocol.digest import Digest
from fedjury.relay.files import HandedFiles
from fedjury.relay.refusals import Refusal, Refused
from fedjury.relay.shelf import RETRY_SECONDS
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


def test_files_on_their_way_count_for_the_limit(start: Start) -> None:
    parts = taken(start(keep_bytes=30))
    with parts.files.receive(DIGEST, 20):
        assert refusal(lambda: hand_in(parts.files)) is Refusal.FILES_FULL
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
