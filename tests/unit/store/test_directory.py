"""The embedded store."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fedjury.errors import ContentMismatch, ContentNotFound, ContentTooLarge, StoreUnavailable
from fedjury.protocol.digest import Digest
from fedjury.protocol.oversize import proven_bytes
from fedjury.protocol.unixfs import CHUNK_BYTES
from fedjury.store import DirectoryStore
from tests.support.quota import files_of_at_most

UNKNOWN = Digest(bytes(32))


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path / "store")


@pytest.mark.parametrize("data", [b"", b"x", b"update" * 100_000])
def test_what_was_added_can_be_fetched(store: DirectoryStore, data: bytes) -> None:
    digest = store.add(data)
    assert digest == Digest.of(data)
    assert store.fetch(digest, max_bytes=len(data), timeout=1) == data


def test_adding_twice_is_adding_once(store: DirectoryStore) -> None:
    digests = {store.add(b"same"), store.add(b"same")}
    assert len(digests) == 1
    assert [path.name for path in store.path.iterdir()] == [digests.pop().cid]


def test_unknown_content_is_not_found(store: DirectoryStore) -> None:
    with pytest.raises(ContentNotFound):
        store.fetch(UNKNOWN, max_bytes=10, timeout=1)


def test_content_past_the_limit_is_too_large(store: DirectoryStore) -> None:
    digest = store.add(b"12345")
    with pytest.raises(ContentTooLarge):
        store.fetch(digest, max_bytes=4, timeout=1)


@pytest.mark.parametrize("size", [5, CHUNK_BYTES, CHUNK_BYTES + 1, 200 * CHUNK_BYTES])
def test_the_root_proves_to_others_that_content_is_too_large(
    store: DirectoryStore, size: int
) -> None:
    digest = store.add(bytes(size))
    with pytest.raises(ContentTooLarge) as caught:
        store.fetch(digest, max_bytes=4, timeout=1)
    assert caught.value.root is not None
    assert proven_bytes(digest, caught.value.root) == size


def test_the_root_of_what_is_here_is_given_and_none_of_anything_else(
    store: DirectoryStore,
) -> None:
    digest, damaged = store.add(b"12345"), store.add(b"67890")
    (store.path / damaged.cid).write_bytes(b"1234567")
    root = store.root_of(digest)
    assert root is not None
    assert proven_bytes(digest, root) == 5
    assert [store.root_of(damaged), store.root_of(UNKNOWN)] == [None, None]


def test_too_many_bytes_that_are_not_the_contents_prove_nothing(store: DirectoryStore) -> None:
    digest = store.add(b"12345")
    (store.path / digest.cid).write_bytes(b"1234567")
    with pytest.raises(ContentMismatch):
        store.fetch(digest, max_bytes=4, timeout=1)


def test_a_damaged_file_is_noticed(store: DirectoryStore) -> None:
    digest = store.add(b"12345")
    (store.path / digest.cid).write_bytes(b"12346")
    with pytest.raises(ContentMismatch):
        store.fetch(digest, max_bytes=5, timeout=1)


def test_adding_again_mends_a_damaged_file(store: DirectoryStore) -> None:
    digest = store.add(b"12345")
    (store.path / digest.cid).write_bytes(b"")
    store.add(b"12345")
    assert store.fetch(digest, max_bytes=5, timeout=1) == b"12345"


def test_a_directory_that_went_away_is_the_stores_fault(store: DirectoryStore) -> None:
    store.path.rmdir()
    with pytest.raises(StoreUnavailable):
        store.fetch(UNKNOWN, max_bytes=1, timeout=1)
    with pytest.raises(StoreUnavailable):
        store.add(b"x")
    with pytest.raises(StoreUnavailable):
        store.check()


def test_a_file_cannot_be_a_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable):
        DirectoryStore(tmp_path / "file")


def test_a_failed_write_leaves_nothing_behind(
    store: DirectoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreUnavailable, match="no space left"):
        store.add(b"x")
    assert list(store.path.iterdir()) == []


def test_a_full_disk_refuses_what_is_new_and_gives_what_it_has(store: DirectoryStore) -> None:
    held, new = b"held" * 1000, b"new" * 1000
    digest = store.add(held)
    with files_of_at_most(512):
        with pytest.raises(StoreUnavailable, match=f"cannot write to {store.name}: File too large"):
            store.add(new)
        with pytest.raises(StoreUnavailable):
            store.add(held)
        with pytest.raises(ContentNotFound):
            store.keep(Digest.of(new), timeout=1)
        store.keep(digest, timeout=1)
        store.release(digest)
        assert store.fetch(digest, len(held), timeout=1) == held
        assert [path.name for path in store.path.iterdir()] == [digest.cid]
    assert store.fetch(store.add(new), len(new), timeout=1) == new


def test_threads_may_share_it(store: DirectoryStore) -> None:
    def round_trip(number: int) -> bool:
        data = str(number % 4).encode() * 50_000
        return store.fetch(store.add(data), len(data), 1) == data

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(round_trip, range(64)))
