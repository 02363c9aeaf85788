"""CIDv0 of a file, computed here, so that no daemon has to be believed.

A CIDv0 is base58btc(0x12 0x20 digest), the digest being the sha2-256 of the file's root node.
Nodes are built as `ipfs add` builds them by default: UnixFS in dag-pb, chunks of 262144 bytes,
balanced layout, at most 174 links a node, leaves that are dag-pb nodes too (no raw leaves).

Sources: https://specs.ipfs.tech/unixfs/ (layout, the UnixFS protobuf),
https://ipld.io/specs/codecs/dag-pb/spec/ (the node's protobuf and its field order),
https://github.com/multiformats/cid (CIDv0).
"""

import hashlib
from dataclasses import dataclass

Digest = bytes
"""32 bytes: the sha2-256 digest inside a CIDv0; on chain a `bytes32`."""

CHUNK_BYTES = 262_144
LINKS_PER_NODE = 174

_DIGEST_BYTES = 32
_MULTIHASH_PREFIX = b"\x12\x20"  # sha2-256, 32 bytes
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_CID_LENGTH = 46
_UNIXFS_FILE = b"\x08\x02"  # field Type (1) = File (2)


def digest_of(data: bytes) -> Digest:
    """Digest of the CIDv0 that `ipfs add` gives this file by default."""
    view = memoryview(data)
    nodes = [_leaf(view[at : at + CHUNK_BYTES]) for at in range(0, len(view) or 1, CHUNK_BYTES)]
    while len(nodes) > 1:
        nodes = [
            _parent(nodes[at : at + LINKS_PER_NODE]) for at in range(0, len(nodes), LINKS_PER_NODE)
        ]
    return nodes[0].digest


def cid_of(digest: Digest) -> str:
    """The CIDv0 ("Qm...") of a digest. Raises ValueError unless it is 32 bytes long."""
    if len(digest) != _DIGEST_BYTES:
        raise ValueError(f"a digest is {_DIGEST_BYTES} bytes long, this one {len(digest)}")
    number = int.from_bytes(_MULTIHASH_PREFIX + digest, "big")
    text = ""
    while number:
        number, index = divmod(number, len(_ALPHABET))
        text = _ALPHABET[index] + text
    return text


def digest_from_cid(cid: str) -> Digest:
    """The digest in a CIDv0. Raises ValueError on anything else, CIDv1 included."""
    if len(cid) != _CID_LENGTH or not cid.startswith("Qm"):
        raise ValueError(f"not a CIDv0 ('Qm' and 44 more characters): {cid[:80]!r}")
    number = 0
    for character in cid:
        index = _ALPHABET.find(character)
        if index < 0:
            raise ValueError(f"not a CIDv0: {character!r} is not a base58 character, in {cid!r}")
        number = number * len(_ALPHABET) + index
    # 46 base58 characters starting with "Qm" always fit the 34 bytes of a multihash.
    multihash = number.to_bytes(len(_MULTIHASH_PREFIX) + _DIGEST_BYTES, "big")
    if not multihash.startswith(_MULTIHASH_PREFIX):
        raise ValueError(f"not a CIDv0: not a sha2-256 multihash of 32 bytes: {cid!r}")
    return multihash[len(_MULTIHASH_PREFIX) :]


@dataclass(frozen=True, slots=True)
class _Node:
    """What a parent has to know of a node.

    Attributes:
        digest: sha2-256 of the encoded node.
        file_bytes: bytes of the file below it.
        total_bytes: encoded bytes of the node and everything below it (dag-pb's Tsize).
    """

    digest: Digest
    file_bytes: int
    total_bytes: int


def _leaf(chunk: memoryview) -> _Node:
    size = len(chunk)
    content = _field(2, size) if size else b""
    tail = _number(3, size)
    header = _field(1, len(_UNIXFS_FILE) + len(content) + size + len(tail)) + _UNIXFS_FILE + content
    # The chunk goes into the hash as it is: joining the parts would copy the whole file.
    hasher = hashlib.sha256(header)
    hasher.update(chunk)
    hasher.update(tail)
    return _Node(hasher.digest(), size, len(header) + size + len(tail))


def _parent(children: list[_Node]) -> _Node:
    file_bytes = sum(child.file_bytes for child in children)
    sizes = b"".join(_number(4, child.file_bytes) for child in children)
    unixfs = _UNIXFS_FILE + _number(3, file_bytes) + sizes
    # dag-pb writes its links (field 2) before its data (field 1).
    encoded = b"".join(map(_link, children)) + _field(1, len(unixfs)) + unixfs
    total = len(encoded) + sum(child.total_bytes for child in children)
    return _Node(hashlib.sha256(encoded).digest(), file_bytes, total)


def _link(child: _Node) -> bytes:
    """PBLink: Hash (1) is the multihash, Name (2) is empty but written, Tsize (3)."""
    multihash = _MULTIHASH_PREFIX + child.digest
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
