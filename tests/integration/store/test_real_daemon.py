"""Our CIDs and our errors, against real IPFS daemons."""

import hashlib
import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from fedjury.errors import ContentNotFound, ContentTooLarge, NotAFile, StoreUnavailable
from fedjury.protocol.digest import Digest
from fedjury.protocol.unixfs import CHUNK_BYTES, LINKS_PER_NODE
from fedjury.store import DirectoryStore, IpfsStore
from tests.support.dag_nodes import directory, file_root, leaf, shard, symlink
from tests.support.services import Ipfs

SIZES = [
    0,
    1,
    CHUNK_BYTES - 1,
    CHUNK_BYTES,
    CHUNK_BYTES + 1,
    1_000_000,
    5_000_000,
    20_000_000,
    CHUNK_BYTES * LINKS_PER_NODE,  # the last that fits one level
    CHUNK_BYTES * LINKS_PER_NODE + 1,
    CHUNK_BYTES * (LINKS_PER_NODE + 2) + 7,
]


def content(size: int, seed: int = 0) -> bytes:
    return random.Random(f"{size} {seed}").randbytes(size)


@pytest.mark.parametrize("size", SIZES)
def test_every_store_gives_the_same_bytes_the_same_digest(
    daemon_api: str, size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = content(size)
    stores = (IpfsStore(daemon_api), DirectoryStore(tmp_path_factory.mktemp("store")))
    for store in stores:
        digest = store.add(data)  # raises if the daemon's CID is another
        assert digest == Digest.of(data)
        assert store.fetch(digest, max_bytes=size, timeout=60) == data


@pytest.mark.parametrize("max_bytes", [0, 1, CHUNK_BYTES, 999_999])
def test_a_download_past_the_limit_is_cut_off(daemon_api: str, max_bytes: int) -> None:
    store = IpfsStore(daemon_api)
    digest = store.add(content(1_000_000))
    with pytest.raises(ContentTooLarge):
        store.fetch(digest, max_bytes, timeout=30)


def test_unknown_content_is_given_up_in_time(daemon_api: str) -> None:
    start = time.monotonic()
    with pytest.raises(ContentNotFound):
        IpfsStore(daemon_api).fetch(Digest.of(b"never added"), max_bytes=100, timeout=1)
    assert time.monotonic() - start < 3


@pytest.mark.parametrize(
    ("node", "what"),
    [
        (directory({"a": Digest.of(b"a")}), "a directory"),
        (symlink("/etc/passwd"), "a symlink"),
        (shard(), "a sharded directory"),
        (b"no protobuf at all", "another kind"),
        (leaf(b"x", mode=0o644), "mode"),
        (leaf(bytes(CHUNK_BYTES + 1)), "one chunk"),
    ],
)
def test_what_is_no_file_is_known_at_once(daemon_api: str, node: bytes, what: str) -> None:
    start = time.monotonic()
    with pytest.raises(NotAFile, match=what):
        IpfsStore(daemon_api).fetch(_put_block(daemon_api, node), 1 << 20, timeout=20)
    assert time.monotonic() - start < 10


def test_a_root_with_links_to_nothing_is_absent(daemon_api: str) -> None:
    """Its daemon is well: whoever publishes half a file keeps no juror waiting."""
    root = file_root([(Digest.of(b"nobody has this"), CHUNK_BYTES), (Digest.of(b"nor this"), 5)])
    with pytest.raises(ContentNotFound) as caught:
        IpfsStore(daemon_api).fetch(_put_block(daemon_api, root), 1 << 20, timeout=2)
    assert type(caught.value) is ContentNotFound


def test_a_root_that_promises_too_much_is_too_large(daemon_api: str) -> None:
    root = file_root([(Digest.of(b"nobody has this"), CHUNK_BYTES)] * 174)
    with pytest.raises(ContentTooLarge):
        IpfsStore(daemon_api).fetch(_put_block(daemon_api, root), 1 << 20, timeout=2)


def _put_block(api: str, node: bytes) -> Digest:
    form = {"file": ("block", node, "application/octet-stream")}
    how = {"format": "v0", "mhtype": "sha2-256"}
    response = requests.post(f"{api}/api/v0/block/put", params=how, files=form, timeout=10)
    digest = Digest(hashlib.sha256(node).digest())
    assert response.json()["Key"] == digest.cid
    return digest


def test_eight_threads_may_share_a_store(daemon_api: str) -> None:
    store = IpfsStore(daemon_api)
    files = {store.add(data): data for data in (content(700_000, seed) for seed in range(24))}

    def matches(digest: Digest) -> bool:
        return store.fetch(digest, max_bytes=700_000, timeout=30) == files[digest]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(matches, files))


def test_a_killed_daemon_is_unavailable_and_comes_back_with_its_files(private_ipfs: Ipfs) -> None:
    store = IpfsStore(private_ipfs.url)
    digest = store.add(content(300_000))
    private_ipfs.kill()
    for call in (store.check, lambda: store.add(b"x"), lambda: store.fetch(digest, 300_000, 2)):
        with pytest.raises(StoreUnavailable):
            call()
    private_ipfs.start()
    assert store.fetch(digest, max_bytes=300_000, timeout=10) == content(300_000)


def test_a_daemon_without_one_block_of_a_file_does_not_produce_it(private_ipfs: Ipfs) -> None:
    """Whoever publishes half a file must not look like a daemon that is down."""
    data = content(3 * CHUNK_BYTES)
    store = IpfsStore(private_ipfs.url)
    digest = store.add(data)
    repo = private_ipfs.service.env["IPFS_PATH"]
    private_ipfs.stop()
    _lose_a_leaf(repo)
    private_ipfs.start()
    with pytest.raises(ContentNotFound, match=digest.cid):
        store.fetch(digest, max_bytes=len(data), timeout=2)


def _lose_a_leaf(repo: str) -> None:
    leaves = [
        path for path in Path(repo, "blocks").rglob("*.data") if path.stat().st_size > 200_000
    ]
    leaves[-1].unlink()
