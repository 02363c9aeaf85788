"""Daemons whose defaults for links and chunks differ: they give our CID, or we say why not."""

import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import pytest

from fedjury.errors import ContentMismatch
from fedjury.protocol.digest import Digest
from fedjury.store import IpfsStore
from tests.support.dag_nodes import file_root, leaf
from tests.support.hostile_daemon import Handler, answer, answer_json, daemon, hang_up, limited

DATA = b"an update"
OURS = Digest.of(DATA)
CHUNK = 262_144
LINK = (bytes(32), CHUNK)


def v1(codec: int, function: int = 0x12) -> str:
    """A CID of version 1 in base32."""
    cid = bytes([1, codec, function, 32]) + hashlib.sha256(DATA).digest()
    return "b" + base64.b32encode(cid).decode().lower().rstrip("=")


def refuses(cid: object, root: bytes | None = None) -> str:
    """What is said of a daemon that calls our file so."""
    block = hang_up if root is None else answer(root)
    with (
        daemon(add=answer_json({"Hash": cid}), block=block) as api,
        pytest.raises(ContentMismatch) as caught,
    ):
        IpfsStore(api).add(DATA)
    return str(caught.value)


def test_all_that_decides_the_cid_is_said() -> None:
    """By the names that Kubo 0.39 has for it, whose Import section changes every default."""
    said: list[dict[str, list[str]]] = []

    def add(handler: Handler) -> None:
        said.append(parse_qs(urlsplit(handler.path).query))
        answer_json({"Hash": OURS.cid})(handler)

    with daemon(add=add) as api:
        assert IpfsStore(api).add(DATA) == OURS
    (options,) = said
    options.pop("timeout")
    assert {name: value for name, (value,) in options.items()} == {
        "chunker": "size-262144",
        "cid-version": "0",
        "hash": "sha2-256",
        "inline": "false",
        "max-file-links": "174",
        "nocopy": "false",
        "only-hash": "false",
        "pin": "true",
        "preserve-mode": "false",
        "preserve-mtime": "false",
        "progress": "false",
        "raw-leaves": "false",
        "trickle": "false",
        "wrap-with-directory": "false",
    }


@pytest.mark.parametrize(
    ("cid", "what", "setting"),
    [
        (v1(0x55), "raw leaves", "Import.UnixFSRawLeaves to false"),
        (v1(0x70), "version 1", "Import.CidVersion to 0"),
        (v1(0x70, function=0x1E), "another function than sha2-256", "Import.HashFunction"),
    ],
)
def test_another_kind_of_cid_is_explained_by_itself(cid: str, what: str, setting: str) -> None:
    said = refuses(cid)
    assert OURS.cid in said
    assert cid in said
    assert what in said
    assert setting in said


@pytest.mark.parametrize(
    ("root", "what", "setting"),
    [
        (file_root([LINK] * 175), "175 links into a node, not 174", "UnixFSFileMaxLinks to 174"),
        (leaf(bytes(1 << 20)), "chunks of 1048576 bytes, not 262144", "Chunker to size-262144"),
        (
            file_root([(bytes(32), 65536)] * 9),
            "chunks of 65536 bytes, not 262144",
            "Chunker to size-262144",
        ),
        (file_root([(bytes(32), 1 << 20)] * 3), "3 parts of 1048576 bytes", "UnixFSChunker"),
        (
            file_root([(b"\x01\x55\x12\x20" + bytes(32), CHUNK)] * 2, raw=True),
            "raw leaves",
            "UnixFSRawLeaves to false",
        ),
        (leaf(DATA, mode=0o644), "mode", "Import"),
    ],
)
def test_another_way_to_build_files_is_explained_by_the_root(
    root: bytes, what: str, setting: str
) -> None:
    said = refuses(Digest(hashlib.sha256(root).digest()).cid, root)
    assert what in said
    assert setting in said


@pytest.mark.parametrize("cid", [Digest(bytes(32)).cid, "bafy", "b", "z" * 49, "x" * 5000, 7, None])
def test_what_cannot_be_explained_is_said_to_be_so(cid: object) -> None:
    said = refuses(cid)
    assert "does not show how it builds files" in said
    assert len(said) < 500


def test_what_was_added_under_another_cid_is_left_alone() -> None:
    """Its pin may be somebody else's; nothing but the upload and the root's block is asked for."""
    with (
        daemon(add=answer_json({"Hash": v1(0x55)}), block=limited(500), others=limited(500)) as api,
        pytest.raises(ContentMismatch, match="stays pinned"),
    ):
        IpfsStore(api).add(DATA)
