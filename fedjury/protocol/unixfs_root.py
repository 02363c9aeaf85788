"""What a root node alone proves: whether it is a file's, how large, and built as ours are.

A root that was not built so is the root of no file of ours: no bytes at all have its hash as their
digest. Sources: https://ipld.io/specs/codecs/dag-pb/spec/, https://specs.ipfs.tech/unixfs/.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from fedjury.protocol.unixfs import CHUNK_BYTES, LINKS_PER_NODE

# The longest root that we would build is a single chunk with its few bytes of protobuf.
MAX_ROOT_BYTES = CHUNK_BYTES + 64
_LINKS, _DATA = 2, 1  # fields of a PBNode
_HASH = 1  # field of a PBLink
_TYPE, _CONTENT, _FILE_SIZE, _BLOCK_SIZES = 1, 2, 3, 4  # fields of UnixFS' Data
_KINDS = ("raw node", "directory", "file", "metadata node", "symlink", "sharded directory")
_FILE = 2
_VARINT, _BYTES = 0, 2  # wire types
_MULTIHASH = b"\x12\x20"
_MULTIHASH_BYTES = 34
_MAX_VARINT_BYTES = 10


class NotOurFile(Exception):
    """The node is the root of no file that has our digest; the message says what it is."""


@dataclass(frozen=True, slots=True)
class FileRoot:
    """The root of a file.

    Attributes:
        size: bytes of the file, as the root says.
        links: hashes that it links to, as binary CIDs.
        chunks: bytes of the file below each link, as the root says.
        fields: of its UnixFS data, every number that occurs.
    """

    size: int
    links: list[bytes]
    chunks: list[int]
    fields: frozenset[int]

    def require_ours(self) -> None:
        """Make sure that nothing in the root contradicts our way of building files.

        Raises:
            NotOurFile: says what does.
        """
        if any(len(link) != _MULTIHASH_BYTES or link[:2] != _MULTIHASH for link in self.links):
            raise NotOurFile("a file with raw leaves or another hash than sha2-256")
        if self.fields - {_TYPE, _CONTENT, _FILE_SIZE, _BLOCK_SIZES}:
            raise NotOurFile("a file with a mode or a time of modification")
        if not self.links and self.size > CHUNK_BYTES:
            raise NotOurFile(f"a file in one chunk of {self.size} bytes")
        if self.links and self.chunks != _expected_chunks(self.size):
            raise NotOurFile(
                f"a file in {len(self.links)} parts of {max(self.chunks, default=0)} bytes"
            )


def read_root(node: bytes) -> FileRoot:
    """Read a dag-pb node that should be a file's root.

    Raises:
        NotOurFile: it is something else, or nothing that can be read.
    """
    try:
        return _read(node)
    except (ValueError, IndexError) as error:
        raise NotOurFile("a block of another kind than a file") from error


def _read(node: bytes) -> FileRoot:
    links, data = [], None
    for field, value in _fields(node):
        if field == _LINKS:
            links.append(_only(value, _HASH))
        elif field == _DATA:
            data = _bytes(value)
    if data is None:
        raise ValueError("no UnixFS data")
    values = list(_fields(data))
    kinds = [_number(value) for field, value in values if field == _TYPE]
    if kinds != [_FILE]:
        raise NotOurFile(f"a {_KINDS[kinds[0]]}")  # an unknown kind is an IndexError
    content = b"".join(_bytes(value) for field, value in values if field == _CONTENT)
    sizes = [_number(value) for field, value in values if field == _FILE_SIZE]
    chunks = [_number(value) for field, value in values if field == _BLOCK_SIZES]
    size = sizes[-1] if sizes else len(content) + sum(chunks)
    return FileRoot(size, links, chunks, frozenset(field for field, _ in values))


def _expected_chunks(size: int) -> list[int]:
    """Bytes of the file below each link of the root of a file of ours; empty for a single chunk."""
    if size <= CHUNK_BYTES:
        return []
    below = CHUNK_BYTES
    while below * LINKS_PER_NODE < size:
        below *= LINKS_PER_NODE
    whole, rest = divmod(size, below)
    return [below] * whole + ([rest] if rest else [])


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """A protobuf message's fields, varints and byte strings. Raises ValueError, IndexError."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        value, at = _varint(message, at)
        if tag & 7 == _BYTES:
            if at + value > len(message):
                raise ValueError("cut short")
            yield tag >> 3, message[at : at + value]
            at += value
        elif tag & 7 == _VARINT:
            yield tag >> 3, value
        else:
            raise ValueError("no wire type of UnixFS")


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """A number and where the next one starts."""
    number = 0
    for index in range(_MAX_VARINT_BYTES):
        byte = message[at + index]
        number |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return number, at + index + 1
    raise ValueError("a number without an end")


def _only(message: int | bytes, wanted: int) -> bytes:
    """The bytes of one field of a message. Raises ValueError, IndexError."""
    for field, value in _fields(_bytes(message)):
        if field == wanted:
            return _bytes(value)
    raise ValueError("a link without a hash")


def _bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise ValueError("a number where bytes belong")
    return value


def _number(value: int | bytes) -> int:
    if isinstance(value, bytes):
        raise ValueError("bytes where a number belongs")
    return value
