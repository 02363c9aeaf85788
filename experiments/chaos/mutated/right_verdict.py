"""Which verdict an update file should get: the protocol's sentences, said once more.

Sources: docs/protocol/files.md, report.md and record.md. Nothing of the program that judges is
used but the numbers of codes and reasons.
"""

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from experiments.chaos.mutated.header_text import Flat, NoHeader, read_text
from experiments.chaos.mutated.sound_files import CHAIN, MAX_MAGNITUDE, ROUND, TASK
from fedjury.protocol.reasons import Reason
from fedjury.protocol.tensors import Shapes
from fedjury.protocol.verdicts import VerdictCode

Expected = tuple[VerdictCode | None, Reason, tuple[int, ...]]
"""Code (None: it goes to the rule), reason and the reason's arguments."""

GOOD: Expected = (None, Reason.NONE, ())
_NO_FILE: Expected = (VerdictCode.MALFORMED, Reason.NO_SAFETENSORS, ())
_WIDTHS = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1}
_WIDTHS |= {"U8": 1, "BOOL": 1}


@dataclass(frozen=True)
class Tensor:
    """What a file says of a tensor, and its bytes."""

    dtype: str
    shape: tuple[int, ...]
    values: bytes


@dataclass(frozen=True)
class Parsed:
    """A file that is safetensors."""

    metadata: dict[str, str]
    tensors: dict[str, Tensor]


def right_verdicts(files: Sequence[tuple[bytes, str]], shapes: Shapes) -> list[Expected]:
    """The verdicts of a round's files in order.

    Args:
        files: each with the address that it has to be of.
        shapes: of the model.
    """
    found: list[Expected] = []
    first: dict[tuple[bytes, ...], int] = {}
    for place, (file, client) in enumerate(files):
        parsed = parse(file)
        expected = _NO_FILE if parsed is None else _alone(parsed, client, shapes)
        if parsed is not None and expected == GOOD:
            earlier = first.setdefault(_content(parsed), place)
            if earlier != place:
                expected = (VerdictCode.DUPLICATE, Reason.SAME_TENSORS, (earlier,))
        found.append(expected)
    return found


def parse(file: bytes) -> Parsed | None:
    """A file's parts; None where it is no safetensors file."""
    length = int.from_bytes(file[:8], "little")
    if len(file) < 8 or length > 10**8 or 8 + length > len(file):
        return None
    try:
        header = read_text(file[8 : 8 + length].decode())
    except (NoHeader, UnicodeDecodeError):
        return None
    values = file[8 + length :]
    metadata = header.pop("__metadata__", {})
    if not all(isinstance(value, str) for value in metadata.values()):
        return None
    tensors = {name: _tensor(entry, values) for name, entry in header.items()}
    if None in tensors.values() or not _fills([*header.values()], len(values)):
        return None
    return Parsed(metadata, tensors)  # type: ignore[arg-type]


def _tensor(entry: Flat, values: bytes) -> Tensor | None:
    if sorted(entry) != ["data_offsets", "dtype", "shape"]:
        return None
    kind, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(kind, str) or not isinstance(shape, list) or not isinstance(offsets, list):
        return None
    if kind not in _WIDTHS or len(shape) > 64 or len(offsets) != 2:
        return None
    (start, end), width = offsets, _WIDTHS[kind]
    cut = values[start:end]
    is_right = (
        width * math.prod(size for size in shape if size) < 1 << 63
        and end - start == width * (0 if 0 in shape else math.prod(shape))
        and not (kind == "BOOL" and max(cut, default=0) > 1)
    )
    return Tensor(kind, tuple(shape), cut) if is_right else None


def _fills(entries: Sequence[Flat], size: int) -> bool:
    """Whether the tensors cover all bytes from the first to the last, each byte once."""
    ranges = sorted(tuple(entry["data_offsets"]) for entry in entries)
    ends = [0, *(end for _, end in ranges)]
    return [start for start, _ in ranges] == ends[:-1] and ends[-1] == size


def _alone(parsed: Parsed, client: str, shapes: Shapes) -> Expected:
    return (
        _other_tensors(parsed.tensors, shapes)
        or _other_metadata(parsed.metadata, client)
        or _other_values(parsed.tensors)
        or GOOD
    )


def _other_tensors(tensors: dict[str, Tensor], shapes: Shapes) -> Expected | None:
    names, own = sorted(shapes), sorted(tensors)
    malformed = VerdictCode.MALFORMED
    if missing := [name for name in names if name not in own]:
        return malformed, Reason.TENSOR_MISSING, (names.index(missing[0]),)
    if unknown := [name for name in own if name not in names]:
        return malformed, Reason.TENSOR_UNKNOWN, (own.index(unknown[0]),)
    for place, name in enumerate(names):
        if tensors[name].dtype != "F32":
            return malformed, Reason.TENSOR_TYPE, (place,)
        if tensors[name].shape != shapes[name]:
            return malformed, Reason.TENSOR_SHAPE, (place,)
    return None


def _other_metadata(metadata: dict[str, str], client: str) -> Expected | None:
    right = {
        "client": client.lower(),
        "format": "fedjury-update/2",
        "round": str(ROUND),
        "task": f"eip155:{CHAIN}:{TASK.lower()}",
    }
    for place, key in enumerate(right):
        if key not in metadata:
            return VerdictCode.MALFORMED, Reason.METADATA_MISSING, (place,)
    if metadata["format"] != right["format"]:
        return VerdictCode.MALFORMED, Reason.METADATA_FORMAT, ()
    for place, key in enumerate(right):
        if metadata[key].lower() != right[key]:
            return VerdictCode.NOT_THE_SENDERS, Reason.METADATA_OTHERS, (place,)
    return None


def _other_values(tensors: dict[str, Tensor]) -> Expected | None:
    for place, name in enumerate(sorted(tensors)):
        exponents = np.frombuffer(tensors[name].values, "<u4") >> 23 & 0xFF
        if (exponents == 0xFF).any():
            return VerdictCode.NOT_FINITE, Reason.WEIGHT_NOT_FINITE, (place,)
        weights = struct.iter_unpack("<f", tensors[name].values)
        if any(abs(weight) > MAX_MAGNITUDE for (weight,) in weights):
            return VerdictCode.NOT_FINITE, Reason.WEIGHT_TOO_LARGE, (place,)
    return None


def _content(parsed: Parsed) -> tuple[bytes, ...]:
    """The weights, of which those too small to be told from zero are zero without a sign."""
    found = []
    for name in sorted(parsed.tensors):
        bits = np.frombuffer(parsed.tensors[name].values, "<u4").copy()
        bits[(bits >> 23) & 0xFF == 0] = 0
        found.append(bits.tobytes())
    return tuple(found)
