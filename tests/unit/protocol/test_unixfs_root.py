"""What a root node proves."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedjury.protocol import unixfs
from fedjury.protocol.digest import Digest
from fedjury.protocol.unixfs import CHUNK_BYTES, LINKS_PER_NODE
from fedjury.protocol.unixfs_root import NotOurFile, read_root
from tests.support.dag_nodes import directory, file_root, leaf, shard, symlink
from tests.support.fuzzing import FUZZ

LEVEL = CHUNK_BYTES * LINKS_PER_NODE


@pytest.mark.parametrize(
    ("size", "parts"),
    [
        (0, []),
        (1, []),
        (CHUNK_BYTES, []),
        (CHUNK_BYTES + 1, [CHUNK_BYTES, 1]),
        (3 * CHUNK_BYTES, [CHUNK_BYTES] * 3),
        (LEVEL, [CHUNK_BYTES] * LINKS_PER_NODE),
        (LEVEL + 1, [LEVEL, 1]),
        (2 * LEVEL + CHUNK_BYTES, [LEVEL, LEVEL, CHUNK_BYTES]),
        (LEVEL * LINKS_PER_NODE + 5, [LEVEL * LINKS_PER_NODE, 5]),
    ],
)
def test_every_size_of_file_of_ours_is_known_as_such(size: int, parts: list[int]) -> None:
    node = file_root([(bytes(32), part) for part in parts]) if parts else leaf(bytes(size))
    root = read_root(node)
    assert (root.size, root.chunks) == (size, parts)
    root.require_ours()


@pytest.mark.parametrize("size", [0, 10, CHUNK_BYTES + 7, 5 * CHUNK_BYTES])
def test_a_root_that_hashes_to_our_digest_is_ours(size: int) -> None:
    data = bytes(size)
    pieces = [data[at : at + CHUNK_BYTES] for at in range(0, size, CHUNK_BYTES)]
    parts = [(bytes(unixfs.root_hash(piece)), len(piece)) for piece in pieces]
    node = file_root(parts) if len(parts) > 1 else leaf(data)
    assert hashlib.sha256(node).digest() == Digest.of(data)
    read_root(node).require_ours()


@pytest.mark.parametrize(
    ("node", "what"),
    [
        (directory(), "a directory"),
        (symlink("x"), "a symlink"),
        (shard(), "a sharded directory"),
        (b"", "another kind"),
        (b"\x0a", "another kind"),
        (b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "another kind"),
        (b"\x0a\x02\x08\x2a", "another kind"),
        (b"\x0a\x05\x0a\x03abc", "another kind"),
    ],
)
def test_what_is_no_file_is_named(node: bytes, what: str) -> None:
    with pytest.raises(NotOurFile, match=what):
        read_root(node)


@pytest.mark.parametrize(
    ("node", "what"),
    [
        (leaf(bytes(CHUNK_BYTES + 1)), "one chunk of 262145 bytes"),
        (leaf(b"x", mode=0o755), "mode"),
        (file_root([(bytes(32), 1 << 20), (bytes(32), 5)]), "2 parts of 1048576 bytes"),
        (file_root([(bytes(32), CHUNK_BYTES)] * 175), "175 parts"),
        (file_root([(bytes(32), CHUNK_BYTES)] * 2, size=2 * CHUNK_BYTES - 1), "2 parts"),
        (file_root([(b"\x01\x55\x12\x20" + bytes(32), 262_145)] * 2, raw=True), "raw leaves"),
    ],
)
def test_files_that_others_build_are_not_ours(node: bytes, what: str) -> None:
    with pytest.raises(NotOurFile, match=what):
        read_root(node).require_ours()


@FUZZ
@given(st.binary(max_size=60), st.integers(0, 100), st.integers(0, 20))
def test_any_bytes_are_read_or_refused(noise: bytes, at: int, cut: int) -> None:
    node = file_root([(bytes(32), CHUNK_BYTES), (bytes(32), 100)])
    for mutant in (noise, node[:at] + noise + node[at + cut :]):
        try:
            read_root(mutant).require_ours()
        except NotOurFile:
            continue
