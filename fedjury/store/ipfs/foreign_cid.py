"""Why a daemon calls a file by another CID than we do, and what its user can do about it."""

import base64
import binascii

from fedjury.protocol.digest import Digest
from fedjury.protocol.unixfs import CHUNK_BYTES, LINKS_PER_NODE
from fedjury.protocol.unixfs_root import FileRoot, NotOurFile, read_root

_RAW = 0x55  # codec
_SHA2_256 = 0x12


def explain(cid: str, root: bytes | None) -> str:
    """What differs and what to do, in a clause that can follow "… because".

    Args:
        cid: the daemon's.
        root: the block of that CID; None where the daemon does not produce it.
    """
    found = _difference(cid, root)
    if found is None:
        return "it does not show how it builds files; try another daemon"
    what, setting = found
    return f"{what}; set {setting} in the daemon's configuration, or update the daemon"


def _difference(cid: str, root: bytes | None) -> tuple[str, str] | None:
    if not _is_v0(cid):
        return _of_version_1(cid)
    if root is None:
        return None
    try:
        return _of_root(read_root(root))
    except NotOurFile as other:
        return f"it made {other}", "Import to Kubo's legacy-cid-v0 profile"


def _of_root(root: FileRoot) -> tuple[str, str] | None:
    largest = max(root.chunks, default=root.size)
    if len(root.links) > LINKS_PER_NODE:
        return (
            f"it puts {len(root.links)} links into a node, not {LINKS_PER_NODE}",
            f"Import.UnixFSFileMaxLinks to {LINKS_PER_NODE}",
        )
    if largest < CHUNK_BYTES <= root.size or (len(root.links) <= 1 and largest > CHUNK_BYTES):
        return _chunks(largest)
    try:
        root.require_ours()
    except NotOurFile as other:
        # With few links a part is one chunk; with many it may be a node of chunks itself.
        return f"it made {other}", (
            f"Import.UnixFSChunker to size-{CHUNK_BYTES}, Import.UnixFSFileMaxLinks to "
            f"{LINKS_PER_NODE} and Import.UnixFSRawLeaves to false"
        )
    return None


def _chunks(size: int) -> tuple[str, str]:
    return (
        f"it cuts files into chunks of {size} bytes, not {CHUNK_BYTES}",
        f"Import.UnixFSChunker to size-{CHUNK_BYTES}",
    )


def _of_version_1(cid: str) -> tuple[str, str] | None:
    try:
        version, codec, function = _decode(cid)[:3]
    except (ValueError, binascii.Error):
        return None
    if version != 1:
        return None
    if function != _SHA2_256:
        return "it hashes with another function than sha2-256", "Import.HashFunction to sha2-256"
    if codec == _RAW:
        return "it makes raw leaves", "Import.UnixFSRawLeaves to false and Import.CidVersion to 0"
    return "it gives CIDs of version 1", "Import.CidVersion to 0"


def _decode(cid: str) -> bytes:
    """The bytes of a CID in base32, the only other form that daemons write."""
    if not cid.startswith("b"):
        raise ValueError("not base32")
    text = cid[1:].upper()
    return base64.b32decode(text + "=" * (-len(text) % 8))


def _is_v0(cid: str) -> bool:
    try:
        Digest.from_cid(cid)
    except ValueError:
        return False
    return True
