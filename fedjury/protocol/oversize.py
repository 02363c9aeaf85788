"""What proves that a file is larger than a limit to whoever does not have the file.

A file's root block says how large the file is, and hashes to its digest. Pure: with the same block
everybody finds the same, so that `too-large` does not depend on whom a juror asks.
"""

import hashlib

from fedjury.protocol.digest import Digest
from fedjury.protocol.unixfs_root import MAX_ROOT_BYTES, NotOurFile, read_root


def proven_bytes(digest: Digest, root: bytes) -> int | None:
    """How many bytes a root block says that a file has.

    Args:
        digest: of the file.
        root: the block, as anybody may have sent it.

    Returns:
        Bytes of the file; None where the block is not the root of the file with this digest, is
        longer than the root of any file of ours, or is something else than a file's.
    """
    if len(root) > MAX_ROOT_BYTES or hashlib.sha256(root).digest() != digest:
        return None
    try:
        return read_root(root).size
    except NotOurFile:
        return None


def proves_too_large(digest: Digest, root: bytes, max_bytes: int) -> bool:
    """Whether a root block proves that the file with this digest has more bytes than these."""
    size = proven_bytes(digest, root)
    return size is not None and size > max_bytes
