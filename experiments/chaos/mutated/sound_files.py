"""Sound update files of several kinds, taken apart so that a part of one can be spoiled."""

import json
import math
import random
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace

from fedjury.protocol.tensors import Shapes
from fedjury.protocol.update_tag import UpdateTag, task_name

MAX_MAGNITUDE = 1000.0
CHAIN, TASK, ROUND = 31337, "0x" + "Cd" * 20, 7
KINDS: Sequence[Shapes] = (
    {"bias": (10,), "weight": (10, 8)},
    {"b": (1,), "w": (2, 2)},
    {"none": (0, 3), "one": (), "λ": (4,)},
    {f"layer.{number}": (2,) for number in range(30)},
    {"head": (3, 2, 2)},
)
"""Names and shapes of the models that updates are of."""
TINY = (1e-45, -1e-45, 1e-39, 0.0, -0.0)
"""Weights that are read as zero."""


@dataclass(frozen=True)
class Piece:
    """One tensor of a file.

    Attributes:
        name: as the header has it.
        dtype: as the header has it.
        shape: as the header has it.
        values: its bytes.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    values: bytes


@dataclass(frozen=True)
class Draft:
    """An update file in parts.

    Attributes:
        metadata: of the header.
        pieces: in the order in which their values lie in the file.
    """

    metadata: dict[str, str]
    pieces: tuple[Piece, ...]

    def header(self) -> list[tuple[str, str]]:
        """Keys of the header with the JSON of their values, so that a key can stand twice."""
        header = [("__metadata__", json.dumps(self.metadata))]
        at = 0
        for piece in self.pieces:
            end = at + len(piece.values)
            entry = {"dtype": piece.dtype, "shape": list(piece.shape), "data_offsets": [at, end]}
            header.append((piece.name, json.dumps(entry)))
            at = end
        return header

    @property
    def values(self) -> bytes:
        """All values, one tensor after the other."""
        return b"".join(piece.values for piece in self.pieces)

    def file(self) -> bytes:
        """The file."""
        return assembled(json_object(self.header()), self.values)

    def with_piece(self, place: int, **changes: object) -> "Draft":
        """The same but for one tensor."""
        pieces = list(self.pieces)
        pieces[place] = replace(pieces[place], **changes)  # type: ignore[arg-type]
        return replace(self, pieces=tuple(pieces))


def json_object(pairs: Sequence[tuple[str, str]]) -> bytes:
    """An object of keys and the JSON of their values."""
    members = (f"{json.dumps(key, ensure_ascii=False)}:{value}" for key, value in pairs)
    return ("{" + ",".join(members) + "}").encode()


def assembled(header: bytes, values: bytes, length: int | None = None) -> bytes:
    """A file of a header and values.

    Args:
        length: of the header, as the file says it; the right one if None.
    """
    return struct.pack("<Q", len(header) if length is None else length) + header + values


def tag_of(client: str) -> UpdateTag:
    """Whose update in the round that all files are of."""
    return UpdateTag(task_name(CHAIN, TASK), ROUND, client)


def sound_draft(chance: random.Random, shapes: Shapes, client: str) -> Draft:
    """A client's sound update with random weights, of which some are as good as zero."""
    pieces = []
    for name, shape in shapes.items():
        weights = [
            chance.choice(TINY) if chance.random() < 0.1 else chance.gauss(0, 1)
            for _ in range(math.prod(shape))
        ]
        pieces.append(Piece(name, "F32", shape, struct.pack(f"<{len(weights)}f", *weights)))
    return Draft(tag_of(client).metadata(), tuple(pieces))


def address(chance: random.Random) -> str:
    """Some client's address."""
    return "0x" + chance.randbytes(20).hex()
