"""Reading IDX files."""

import gzip
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedjury.data.idx import parse_idx, read_decompressed
from fedjury.errors import DataError
from tests.support.fuzzing import FUZZ


def idx(shape: tuple[int, ...], values: bytes) -> bytes:
    return bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + values


def test_values_stand_row_by_row() -> None:
    assert parse_idx(idx((2, 3), bytes(range(6))), "x").tolist() == [[0, 1, 2], [3, 4, 5]]


def test_an_empty_array_is_one() -> None:
    assert parse_idx(idx((0, 28), b""), "x").shape == (0, 28)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not an IDX file"),
        (b"\0\0\x08", "not an IDX file"),
        (b"\1\0\x08\1" + bytes(8), "not an IDX file"),
        (b"\0\0\x0d\1" + bytes(8), "not an IDX file"),
        (b"\0\0\x08\3" + bytes(11), "ends within its header"),
        (b"\0\0\x08\xff" + bytes(11), "ends within its header"),
        (idx((2, 3), bytes(5)), "holds 5 values"),
        (idx((2, 3), bytes(7)), "holds 7 values"),
        (idx((2**32 - 1, 2**32 - 1, 2**32 - 1), b""), "holds 0 values"),
        (idx((2**31, 2**31, 4), b""), "holds 0 values"),
        (idx((1,) * 255, b"\1"), "255 dimensions"),
    ],
)
def test_other_files_are_a_data_error(data: bytes, says: str) -> None:
    with pytest.raises(DataError, match=says):
        parse_idx(data, "x")


@FUZZ
@given(st.binary(max_size=40), st.booleans())
def test_random_bytes_are_a_data_error_or_an_array(data: bytes, headed: bool) -> None:
    try:
        array = parse_idx(b"\0\0\x08" + data if headed else data, "x")
    except DataError:
        return
    assert array.size <= len(data)


def test_gzip_is_told_by_its_first_bytes(tmp_path: Path) -> None:
    plain, packed = tmp_path / "plain", tmp_path / "packed"
    plain.write_bytes(b"content")
    packed.write_bytes(gzip.compress(b"content"))
    assert read_decompressed(plain) == read_decompressed(packed) == b"content"


@pytest.mark.parametrize("damage", [slice(0, 12), slice(0, -4), slice(0, 3)])
def test_damaged_gzip_is_a_data_error(tmp_path: Path, damage: slice) -> None:
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(b"content" * 9)[damage])
    with pytest.raises(DataError, match="cannot be read"):
        read_decompressed(path)


def test_flipped_gzip_bytes_are_a_data_error(tmp_path: Path) -> None:
    path = tmp_path / "x.gz"
    packed = bytearray(gzip.compress(b"content" * 9))
    packed[12] ^= 0xFF
    path.write_bytes(packed)
    with pytest.raises(DataError):
        read_decompressed(path)


def test_a_missing_file_is_a_data_error(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        read_decompressed(tmp_path / "none")
