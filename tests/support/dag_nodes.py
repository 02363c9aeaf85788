"""Blocks of IPFS as others than ourselves may make them (dag-pb with UnixFS)."""

from collections.abc import Mapping, Sequence

from fedjury.protocol.digest import Digest

RAW, DIRECTORY, FILE, METADATA, SYMLINK, SHARD = range(6)


def leaf(data: bytes, mode: int | None = None) -> bytes:
    """A file in one chunk."""
    extra = b"" if mode is None else _number(7, mode)
    content = _bytes(2, data) if data else b""
    return _bytes(1, _number(1, FILE) + content + _number(3, len(data)) + extra)


def file_root(
    parts: Sequence[tuple[bytes, int]],
    size: int | None = None,
    *,
    raw: bool = False,
) -> bytes:
    """The root of a file in parts.

    Args:
        parts: of each the digest (or a CID, if raw) and how many bytes of the file it has.
        size: what the root says that the file's size is; None for the truth.
        raw: whether the parts are given by CIDs.
    """
    links = b"".join(
        _bytes(2, _bytes(1, part if raw else b"\x12\x20" + part) + _bytes(2, b"") + _tsize(length))
        for part, length in parts
    )
    sizes = b"".join(_number(4, length) for _, length in parts)
    whole = sum(length for _, length in parts) if size is None else size
    return links + _bytes(1, _number(1, FILE) + _number(3, whole) + sizes)


def _tsize(length: int) -> bytes:
    """The encoded bytes of a leaf of so many bytes."""
    return _number(3, len(leaf(bytes(length))) if length <= 1 << 20 else length)


def directory(entries: Mapping[str, Digest] | None = None) -> bytes:
    """A directory."""
    links = b"".join(
        _bytes(2, _bytes(1, b"\x12\x20" + digest) + _bytes(2, name.encode()) + _number(3, 9))
        for name, digest in (entries or {}).items()
    )
    return links + _bytes(1, _number(1, DIRECTORY))


def shard() -> bytes:
    """An empty sharded directory."""
    return _bytes(1, _number(1, SHARD) + _bytes(2, b"") + _number(5, 0x22) + _number(6, 256))


def symlink(target: str) -> bytes:
    """A symlink."""
    return _bytes(1, _number(1, SYMLINK) + _bytes(2, target.encode()))


def _bytes(field: int, value: bytes) -> bytes:
    return bytes([field << 3 | 2]) + _varint(len(value)) + value


def _number(field: int, value: int) -> bytes:
    return bytes([field << 3]) + _varint(value)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
