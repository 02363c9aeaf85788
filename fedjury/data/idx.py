"""Reading IDX files, plain or gzipped (format: http://yann.lecun.com/exdb/mnist/)."""

import gzip
import hashlib
import math
import struct
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fedjury.errors import DataError

_UNSIGNED_BYTE = 0x08
_MOST_DIMENSIONS = 32  # numpy's oldest limit


def read_decompressed(path: Path) -> bytes:
    """The file's bytes, decompressed where they are gzip.

    Raises:
        DataError: the file cannot be read, or its compression is damaged.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    return decompress(data, str(path))


def decompress(data: bytes, name: str) -> bytes:
    """The bytes of a file, decompressed where they are gzip.

    Raises:
        DataError: the compression is damaged.
    """
    try:
        return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{name} cannot be read: {error}") from error


def parse_idx(data: bytes, name: str) -> npt.NDArray[np.uint8]:
    """The array of an IDX file of unsigned bytes.

    Raises:
        DataError: the header is not IDX's, or the length does not fit it.
    """
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] != _UNSIGNED_BYTE:
        raise DataError(f"{name} is not an IDX file of unsigned bytes")
    dimensions = data[3]
    header = 4 + 4 * dimensions
    if len(data) < header:
        raise DataError(f"{name} ends within its header")
    if dimensions > _MOST_DIMENSIONS:
        raise DataError(f"{name} has {dimensions} dimensions")
    shape = struct.unpack(f">{dimensions}I", data[4:header])
    array = np.frombuffer(data, dtype=np.uint8, offset=header)
    if array.size != math.prod(shape):
        raise DataError(f"{name} holds {array.size} values, its header says {shape}")
    return array.reshape(shape)


def sha256_hex(data: bytes) -> str:
    """Lower-case hexadecimal sha256."""
    return hashlib.sha256(data).hexdigest()
