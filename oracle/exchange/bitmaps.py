"""Bitmaps as HAVEs hold them: a bit each, the most significant one of a byte first."""

from collections.abc import Sequence

import numpy as np


def pack(bits: Sequence[bool]) -> bytes:
    """The bytes of some bits; those that are left over are 0."""
    return np.packbits(np.asarray(bits, dtype=bool)).tobytes()


def unpack(data: bytes, count: int) -> np.ndarray:
    """The bits of some bytes: bool, (count,).

    Raises:
        ValueError: another length than that of so many bits, or a bit beyond them.
    """
    if len(data) != (count + 7) // 8:
        raise ValueError(f"{len(data)} bytes are no bitmap of {count} bits")
    bits = np.unpackbits(np.frombuffer(data, dtype=np.uint8)).astype(bool)
    if bits[count:].any():
        raise ValueError(f"the bitmap has bits beyond its {count}")
    return bits[:count]
