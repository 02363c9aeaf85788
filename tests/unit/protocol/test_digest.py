"""CIDs that other implementations give, and texts that are no CIDs."""

import hashlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedjury.protocol.digest import Digest
from fedjury.protocol.unixfs import CHUNK_BYTES, LINKS_PER_NODE, root_node_of

KNOWN = [
    (b"", "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH"),
    (b"hello world\n", "QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o"),
    (b"hello world", "Qmf412jQZiuVUtdgnB36FXFX7xg5V6KEbSJ4dpQuhkLyfD"),
]


@pytest.mark.parametrize(("data", "cid"), KNOWN)
def test_known_contents(data: bytes, cid: str) -> None:
    assert Digest.of(data).cid == cid


@pytest.mark.parametrize(("data", "cid"), KNOWN)
def test_digest_and_cid_say_the_same(data: bytes, cid: str) -> None:
    assert Digest.from_cid(cid) == Digest.of(data)


@pytest.mark.parametrize("content", [bytes(32), b"\xff" * 32, bytes(31) + b"\x01"])
def test_every_digest_has_a_cid_of_46_characters(content: bytes) -> None:
    digest = Digest(content)
    assert len(digest.cid) == 46
    assert Digest.from_cid(digest.cid) == digest


def test_a_digest_is_the_bytes_that_it_was_made_of() -> None:
    content = bytes(range(32))
    assert Digest(content) == content
    assert hash(Digest(content)) == hash(content)


def test_people_read_the_cid_and_programmers_the_hexadecimal_digits() -> None:
    digest = Digest.of(b"")
    assert str(digest) == "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH"
    assert repr(digest) == f"Digest({digest.hex()})"


@pytest.mark.parametrize("length", [0, 31, 33])
def test_bytes_of_another_length_are_no_digest(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Digest(bytes(length))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Qm",
        "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",  # CIDv1
        "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQ",  # one character short
        "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQHH",
        "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1Aw0H",  # 0 is not in the alphabet
        "Qm" + "z" * 44,  # past the largest sha2-256 multihash
        "1" * 46,
        "Qmé" + "1" * 43,
        "/ipfs/QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6",
    ],
)
def test_anything_else_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="not a CIDv0"):
        Digest.from_cid(text)


@pytest.mark.parametrize(
    "size",
    [
        0,
        1,
        CHUNK_BYTES,
        CHUNK_BYTES + 1,
        3 * CHUNK_BYTES,
        CHUNK_BYTES * LINKS_PER_NODE + 1,
    ],
)
def test_an_open_file_has_the_digest_of_its_bytes_wherever_it_was_read_to(size: int) -> None:
    content = bytes(range(256)) * (size // 256) + bytes(size % 256)
    file = io.BytesIO(content)
    file.seek(size // 2)
    assert Digest.of_file(file) == Digest.of(content)
    assert hashlib.sha256(root_node_of(file)).digest() == Digest.of(content)


@given(st.lists(st.sampled_from([0, 1, 7, CHUNK_BYTES - 1, CHUNK_BYTES, 2 * CHUNK_BYTES + 5])))
def test_content_has_the_same_digest_in_pieces_of_any_sizes(sizes: list[int]) -> None:
    pieces = [bytes([number % 256]) * size for number, size in enumerate(sizes, start=1)]
    assert Digest.of_pieces(map(memoryview, pieces)) == Digest.of(b"".join(pieces))
