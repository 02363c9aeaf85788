"""The header of a safetensors file, read strictly: which tensors lie where, and the metadata.

It is read here rather than by the safetensors library, whose versions differ in what they take
(types, unknown fields, numbers of dimensions): two jurors must find the same of the same bytes,
whatever library each has. Source: docs/protocol/files.md, and of the format
https://github.com/huggingface/safetensors#format.
"""

import json
import math
import struct
from dataclasses import dataclass
from typing import Any

from fedjury.checks.json_values import without_repetition

LENGTH = struct.Struct("<Q")
SIZES = {
    "F64": 8,
    "F32": 4,
    "F16": 2,
    "BF16": 2,
    "I64": 8,
    "I32": 4,
    "I16": 2,
    "I8": 1,
    "U8": 1,
    "BOOL": 1,
}
"""Bytes of one value, by the format's name of its type."""

_METADATA = "__metadata__"
_MOST_HEADER_BYTES = 100_000_000
_MOST_DIMENSIONS = 64
_MOST_VALUES = 2**63  # of a tensor; sizes, strides and offsets are signed 64-bit numbers
_SHOWN = 80


@dataclass(frozen=True)
class TensorPlace:
    """One tensor of a file.

    Attributes:
        type: the format's name of its values' type, one of `SIZES`.
        shape: its sizes.
        start, end: where its values lie, in bytes from the file's beginning.
    """

    type: str
    shape: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True)
class TensorHeader:
    """What stands before the values.

    Attributes:
        places: by name; together they take every byte after the header, each once.
        metadata: strings to strings.
    """

    places: dict[str, TensorPlace]
    metadata: dict[str, str]


def read_header(data: bytes) -> TensorHeader:
    """The header of a file.

    Raises:
        ValueError: says what is wrong with the file.
    """
    if len(data) < LENGTH.size:
        raise ValueError("it has no header")
    (length,) = LENGTH.unpack_from(data)
    begin = LENGTH.size + length
    if length > _MOST_HEADER_BYTES or begin > len(data):
        raise ValueError(f"its header of {length:,} bytes is too long")
    header = _parse(data[LENGTH.size : begin])
    metadata = _strings(header.pop(_METADATA, {}))
    places = {name: _place(name, entry, begin) for name, entry in header.items()}
    _check_order(places, begin, len(data))
    return TensorHeader(places, metadata)


def shown(name: str) -> str:
    """A name out of a file, quoted, for a sentence that stays short."""
    return f"{name[:_SHOWN]!r}" + ("…" if len(name) > _SHOWN else "")


def _parse(text: bytes) -> dict[str, Any]:
    """The JSON object that a header is; neither it nor a part of it can hold a fraction."""
    try:
        header = json.loads(
            text.decode("utf-8"),
            parse_int=_whole,
            parse_float=_no_number,
            parse_constant=_no_number,
            object_pairs_hook=without_repetition,
        )
    except RecursionError:
        raise ValueError("its header is nested too deeply") from None
    if not isinstance(header, dict):
        raise ValueError("its header is no object")
    for key in header:
        _check_text(key)
    return header


def _whole(digits: str) -> int:
    if digits.startswith("-"):
        raise ValueError("its header holds a negative number")
    return int(digits)


def _no_number(_: str) -> float:
    raise ValueError("its header holds a number that is not whole")


def _check_text(text: str) -> None:
    """Refuse half a surrogate pair, which JSON can escape and UTF-8 cannot write."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("its header holds text that UTF-8 cannot write") from None


def _strings(metadata: Any) -> dict[str, str]:
    if not isinstance(metadata, dict):
        raise ValueError("its metadata is no object")
    for key, value in metadata.items():
        if not isinstance(value, str):
            raise ValueError(f"its metadata {shown(key)} is no string")
        _check_text(key)
        _check_text(value)
    return metadata


def _place(name: str, entry: Any, begin: int) -> TensorPlace:
    if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
        raise ValueError(f"tensor {shown(name)} has not type, shape and offsets alone")
    kind, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(kind, str) or kind not in SIZES:
        raise ValueError(f"tensor {shown(name)} is of no type that files have")
    if not _are_sizes(shape) or len(shape) > _MOST_DIMENSIONS:
        raise ValueError(f"tensor {shown(name)} has no shape of at most {_MOST_DIMENSIONS} sizes")
    if math.prod(size or 1 for size in shape) * SIZES[kind] >= _MOST_VALUES:
        raise ValueError(f"tensor {shown(name)} is too large for any memory")
    if not _are_sizes(offsets) or len(offsets) != 2:
        raise ValueError(f"tensor {shown(name)} has no two offsets")
    start, end = offsets
    if end - start != math.prod(shape) * SIZES[kind]:
        raise ValueError(f"tensor {shown(name)} has not the bytes that its shape takes")
    return TensorPlace(kind, tuple(shape), begin + start, begin + end)


def _are_sizes(value: Any) -> bool:
    return isinstance(value, list) and all(type(each) is int for each in value)


def _check_order(places: dict[str, TensorPlace], begin: int, size: int) -> None:
    """The tensors lie one after the other and take the whole file."""
    at = begin
    for name, place in sorted(places.items(), key=lambda item: (item[1].start, item[1].end)):
        if place.start != at:
            raise ValueError(f"tensor {shown(name)} does not begin where the one before it ends")
        at = place.end
    if at != size:
        raise ValueError(f"its tensors end at byte {at:,}, and it has {size:,}")
