"""The hash of a file's root node as IPFS builds it, computed here, so that no daemon is believed.

The hash is the sha2-256 of the root node, the digest inside the file's CIDv0. Nodes are built as
`ipfs add` builds them by default: UnixFS in dag-pb, chunks of 262144 bytes, balanced layout, at
most 174 links a node, leaves that are dag-pb nodes too (no raw leaves).

Sources: https://specs.ipfs.tech/unixfs/ (layout, the UnixFS protobuf),
https://ipld.io/specs/codecs/dag-pb/spec/ (the node's protobuf and its field order).
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import IO

CHUNK_BYTES = 262_144
LINKS_PER_NODE = 174

_SHA2_256 = b"\x12\x20"  # multihash: function and length
_FILE = b"\x08\x02"  # UnixFS field Type (1) = File (2)


def root_hash(data: bytes | bytearray) -> bytes:
    """sha2-256 of the root node of the file with this content: 32 bytes."""
    view = memoryview(data)
    return _root(view[at : at + CHUNK_BYTES] for at in range(0, len(view) or 1, CHUNK_BYTES))


def root_hash_of(file: IO[bytes]) -> bytes:
    """The same of an open file, from its beginning on; one chunk in memory at a time.

    Raises:
        OSError: it cannot be read.
    """
    file.seek(0)
    first = file.read(CHUNK_BYTES)  # which an empty file has too
    return _root(chain([first], iter(lambda: file.read(CHUNK_BYTES), b"")))


def root_node_of(file: IO[bytes]) -> bytes:
    """The root node of an open file, from its beginning on; one chunk in memory at a time.

    It is no longer than a single chunk and the few bytes about it, however long the file is.

    Raises:
        OSError: it cannot be read.
    """
    file.seek(0)
    first, second = file.read(CHUNK_BYTES), file.read(CHUNK_BYTES)
    if not second:
        return b"".join(_leaf_parts(first))
    rest = iter(lambda: file.read(CHUNK_BYTES), b"")
    nodes = [_leaf(chunk) for chunk in chain([first, second], rest)]
    while len(nodes) > LINKS_PER_NODE:
        nodes = _parents(nodes)
    return _encoded(nodes)


def root_hash_of_pieces(pieces: Iterable[bytes | memoryview]) -> bytes:
    """The same of content in pieces of any sizes, one after the other."""
    return _root(_chunks(pieces))


def _chunks(pieces: Iterable[bytes | memoryview]) -> Iterator[bytes | bytearray | memoryview]:
    """Content in chunks, of which there is at least one; few of its bytes are copied."""
    begun, has_none = bytearray(), True
    for piece in pieces:
        view, start = memoryview(piece), 0
        if begun:
            start = CHUNK_BYTES - len(begun)
            begun += view[:start]
            if len(begun) < CHUNK_BYTES:
                continue
            yield begun
            begun, has_none = bytearray(), False
        end = len(view) - (len(view) - start) % CHUNK_BYTES
        for at in range(start, end, CHUNK_BYTES):
            yield view[at : at + CHUNK_BYTES]
            has_none = False
        begun += view[end:]
    if begun or has_none:
        yield begun


def _root(chunks: Iterable[bytes | bytearray | memoryview]) -> bytes:
    nodes = [_leaf(chunk) for chunk in chunks]
    while len(nodes) > 1:
        nodes = _parents(nodes)
    return nodes[0].hash


@dataclass(frozen=True, slots=True)
class _Node:
    """What a parent has to know of a node.

    Attributes:
        hash: sha2-256 of the encoded node.
        file_bytes: bytes of the file below it.
        total_bytes: encoded bytes of the node and everything below it (dag-pb's Tsize).
    """

    hash: bytes
    file_bytes: int
    total_bytes: int


def _leaf(chunk: bytes | bytearray | memoryview) -> _Node:
    header, _, tail = parts = _leaf_parts(chunk)
    # The chunk goes into the hash as it is: joining the parts would copy the whole file.
    hasher = hashlib.sha256(header)
    hasher.update(chunk)
    hasher.update(tail)
    return _Node(hasher.digest(), len(chunk), sum(map(len, parts)))


def _leaf_parts(
    chunk: bytes | bytearray | memoryview,
) -> tuple[bytes, bytes | bytearray | memoryview, bytes]:
    """A leaf's bytes: what stands before the chunk, the chunk, and what stands after it."""
    size = len(chunk)
    content = _field(2, size) if size else b""
    tail = _number(3, size)
    header = _field(1, len(_FILE) + len(content) + size + len(tail)) + _FILE + content
    return header, chunk, tail


def _parents(nodes: list[_Node]) -> list[_Node]:
    """The nodes of the next level."""
    return [_parent(nodes[at : at + LINKS_PER_NODE]) for at in range(0, len(nodes), LINKS_PER_NODE)]


def _parent(children: list[_Node]) -> _Node:
    encoded = _encoded(children)
    total = len(encoded) + sum(child.total_bytes for child in children)
    file_bytes = sum(child.file_bytes for child in children)
    return _Node(hashlib.sha256(encoded).digest(), file_bytes, total)


def _encoded(children: list[_Node]) -> bytes:
    """The node above some."""
    sizes = b"".join(_number(4, child.file_bytes) for child in children)
    unixfs = _FILE + _number(3, sum(child.file_bytes for child in children)) + sizes
    # dag-pb writes its links (field 2) before its data (field 1).
    return b"".join(map(_link, children)) + _field(1, len(unixfs)) + unixfs


def _link(child: _Node) -> bytes:
    """PBLink: Hash (1) is the multihash, Name (2) is empty but written, Tsize (3)."""
    multihash = _SHA2_256 + child.hash
    body = _field(1, len(multihash)) + multihash + _field(2, 0) + _number(3, child.total_bytes)
    return _field(2, len(body)) + body


def _field(number: int, length: int) -> bytes:
    """Protobuf: the tag of a length-delimited field, and its length."""
    return bytes([number << 3 | 2]) + _varint(length)


def _number(number: int, value: int) -> bytes:
    """Protobuf: a whole varint field."""
    return bytes([number << 3]) + _varint(value)


def _varint(value: int) -> bytes:
    """Protobuf: 7 bits a byte, least significant first, the top bit saying that more follow."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
