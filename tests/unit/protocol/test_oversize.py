"""What proves to others that a file is too large."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedjury.protocol.digest import Digest
from fedjury.protocol.oversize import proven_bytes, proves_too_large
from fedjury.protocol.unixfs import CHUNK_BYTES
from fedjury.protocol.unixfs_root import MAX_ROOT_BYTES
from tests.support.dag_nodes import directory, file_root, leaf, symlink
from tests.support.fuzzing import FUZZ

TWO_CHUNKS = file_root([(bytes(32), CHUNK_BYTES), (bytes(32), 100)])


def digest_of(block: bytes) -> Digest:
    """The digest of what has this block as its root."""
    return Digest(hashlib.sha256(block).digest())


@pytest.mark.parametrize(
    ("root", "size"),
    [(leaf(b""), 0), (leaf(b"12345"), 5), (TWO_CHUNKS, CHUNK_BYTES + 100)],
)
def test_the_root_of_a_file_says_its_size(root: bytes, size: int) -> None:
    assert proven_bytes(digest_of(root), root) == size


def test_a_file_is_too_large_from_one_byte_more_than_the_limit_on() -> None:
    data = bytes(1000)
    digest, root = Digest.of(data), leaf(data)
    assert proves_too_large(digest, root, 999)
    assert not proves_too_large(digest, root, 1000)


def test_the_root_of_another_file_proves_nothing() -> None:
    digest = Digest.of(b"small")
    assert proven_bytes(digest, TWO_CHUNKS) is None
    assert not proves_too_large(digest, TWO_CHUNKS, 10)


@pytest.mark.parametrize(
    "block",
    [directory(), symlink("x"), b"", b"no node", leaf(bytes(MAX_ROOT_BYTES))],
    ids=["directory", "symlink", "nothing", "noise", "longer-than-any-root"],
)
def test_what_is_no_root_of_a_file_proves_nothing_of_what_hashes_to_it(block: bytes) -> None:
    digest = digest_of(block)
    assert proven_bytes(digest, block) is None
    assert not proves_too_large(digest, block, 0)


@FUZZ
@given(st.binary(max_size=60), st.integers(0, 110), st.integers(0, 20))
def test_no_other_bytes_prove_the_size_of_a_file(noise: bytes, at: int, cut: int) -> None:
    digest = digest_of(TWO_CHUNKS)
    mutant = TWO_CHUNKS[:at] + noise + TWO_CHUNKS[at + cut :]
    expected = CHUNK_BYTES + 100 if mutant == TWO_CHUNKS else None
    assert proven_bytes(digest, mutant) == expected
