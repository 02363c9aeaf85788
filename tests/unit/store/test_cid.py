"""CIDs that other implementations give, and texts that are no CIDs."""

import pytest

from fedjury.store import cid_of, digest_from_cid, digest_of

KNOWN = [
    (b"", "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH"),
    (b"hello world\n", "QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o"),
    (b"hello world", "Qmf412jQZiuVUtdgnB36FXFX7xg5V6KEbSJ4dpQuhkLyfD"),
]


@pytest.mark.parametrize(("data", "cid"), KNOWN)
def test_known_contents(data: bytes, cid: str) -> None:
    assert cid_of(digest_of(data)) == cid


@pytest.mark.parametrize(("data", "cid"), KNOWN)
def test_digest_and_cid_say_the_same(data: bytes, cid: str) -> None:
    assert digest_from_cid(cid) == digest_of(data)


@pytest.mark.parametrize("digest", [bytes(32), b"\xff" * 32, bytes(31) + b"\x01"])
def test_every_digest_has_a_cid_of_46_characters(digest: bytes) -> None:
    cid = cid_of(digest)
    assert len(cid) == 46
    assert digest_from_cid(cid) == digest


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_digest_of_another_length_has_no_cid(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        cid_of(bytes(length))


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
        digest_from_cid(text)
