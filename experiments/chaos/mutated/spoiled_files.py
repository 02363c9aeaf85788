"""Spoiled update files by rounds: every kind of spoil in turn, and copies of what came before."""

import random
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from experiments.chaos.mutated.byte_spoils import BYTE_SPOILS, Spoil
from experiments.chaos.mutated.header_spoils import HEADER_SPOILS, HeaderSpoil
from experiments.chaos.mutated.part_spoils import PART_SPOILS, PartSpoil
from experiments.chaos.mutated.sound_files import KINDS, TINY, Draft, address, sound_draft, tag_of
from fedjury.protocol.tensors import Shapes

Made = tuple[Draft, bytes]
COPY = "copy"


@dataclass(frozen=True)
class SpoiledRound:
    """The update files of one round.

    Attributes:
        shapes: of the model.
        files: each with the address of the client that submits it.
        spoils: how each came about.
    """

    shapes: Shapes
    files: list[tuple[bytes, str]]
    spoils: list[str]


def spoiled_rounds(chance: random.Random, count: int, size: int) -> Iterator[SpoiledRound]:
    """Rounds of so many files each, until there are `count` files."""
    names = [*_MAKERS, COPY]
    made = 0
    while made < count:
        shapes = KINDS[made // size % len(KINDS)]
        drafts: list[Draft] = []
        found = SpoiledRound(shapes, [], [])
        for _ in range(min(size, count - made)):
            client, name = address(chance), names[made % len(names)]
            draft = sound_draft(chance, shapes, client)
            if name == COPY:
                draft = _copied(chance, chance.choice(drafts or [draft]), client)
                file = draft.file()
            else:
                draft, file = _MAKERS[name](chance, draft)
            drafts.append(draft)
            found.files.append((file, client))
            found.spoils.append(name)
            made += 1
        yield found


def _of_bytes(spoil: Spoil) -> Callable[[random.Random, Draft], Made]:
    return lambda chance, draft: (draft, spoil(chance, draft.file()))


def _of_header(spoil: HeaderSpoil) -> Callable[[random.Random, Draft], Made]:
    return lambda chance, draft: (draft, spoil(chance, draft))


def _of_parts(spoil: PartSpoil) -> Callable[[random.Random, Draft], Made]:
    def make(chance: random.Random, draft: Draft) -> Made:
        spoiled = spoil(chance, draft)
        return spoiled, spoiled.file()

    return make


def _copied(chance: random.Random, draft: Draft, client: str) -> Draft:
    """Another client's tensors under one's own name; weights that are read as zero may differ."""
    copied = replace(draft, metadata=tag_of(client).metadata())
    for place, piece in enumerate(draft.pieces):
        if piece.dtype == "F32" and len(piece.values) % 4 == 0:
            weights = struct.unpack(f"<{len(piece.values) // 4}f", piece.values)
            settled = [chance.choice(TINY) if abs(weight) < 1e-38 else weight for weight in weights]
            values = struct.pack(f"<{len(settled)}f", *settled)
            copied = copied.with_piece(place, values=values)
    return copied


_MAKERS: dict[str, Callable[[random.Random, Draft], Made]] = {
    **{each.__name__: _of_bytes(each) for each in BYTE_SPOILS},
    **{each.__name__: _of_header(each) for each in HEADER_SPOILS},
    **{each.__name__: _of_parts(each) for each in PART_SPOILS},
}
