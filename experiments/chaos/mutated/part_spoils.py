"""Spoiling what an update file says: its tensors, its weights, whose it is."""

import random
import struct
from collections.abc import Callable
from dataclasses import replace

from experiments.chaos.mutated.sound_files import MAX_MAGNITUDE, Draft, address

PartSpoil = Callable[[random.Random, Draft], Draft]
_KEYS = ("client", "format", "round", "task")
_NEXT = struct.unpack("<f", struct.pack("<I", 0x447A0001))[0]  # the least float32 beyond 1000
_WEIGHTS = (
    float("nan"), float("inf"), float("-inf"), MAX_MAGNITUDE, -MAX_MAGNITUDE, _NEXT, -_NEXT,
    3.4e38, -3.4e38, 1e-45, -1e-45, 1.1754942e-38, 1.17549435e-38, 0.0, -0.0,
)  # fmt: skip


def nothing(_: random.Random, draft: Draft) -> Draft:
    """A sound file stays sound."""
    return draft


def other_weight(chance: random.Random, draft: Draft) -> Draft:
    """A weight is at the limit, beyond it, or no number."""
    places = [place for place, piece in enumerate(draft.pieces) if piece.values]
    place = chance.choice(places)
    values = draft.pieces[place].values
    at = 4 * chance.randrange(len(values) // 4)
    weight = struct.pack("<f", chance.choice(_WEIGHTS))
    if chance.random() < 0.2:  # a NaN with a payload, or quiet bits that some processors drop
        weight = struct.pack(
            "<I", 0x7F800001 | chance.getrandbits(22) | chance.getrandbits(1) << 31
        )
    return draft.with_piece(place, values=values[:at] + weight + values[at + 4 :])


def other_metadata(chance: random.Random, draft: Draft) -> Draft:
    """A key of the metadata is missing, is another's, or is written in another way."""
    key = chance.choice(_KEYS)
    metadata = dict(draft.metadata)
    own = metadata[key]
    odd = ("", " " + own, own + "\n", own[:-1], own * 2, own.upper(), own.title(), "0" + own, "٧")
    match chance.randrange(4):
        case 0:
            del metadata[key]
        case 1:
            metadata[key] = chance.choice(odd)
        case 2:
            others = (address(chance), "fedjury-update/1", "8", "eip155:1:0x" + "cd" * 20)
            metadata[key] = others[_KEYS.index(key)]
        case _:
            metadata[chance.choice(("note", "Client", "client ", "dp-epsilon"))] = own
    return replace(draft, metadata=metadata)


def several_flaws(chance: random.Random, draft: Draft) -> Draft:
    """Flaws of which the first in the protocol's order counts."""
    for spoil in chance.sample((other_weight, other_metadata, other_tensors, other_order), 3):
        draft = spoil(chance, draft)
        if not any(piece.values for piece in draft.pieces) or len(draft.metadata) < len(_KEYS):
            break
    return draft


def other_tensors(chance: random.Random, draft: Draft) -> Draft:
    """A tensor is missing, is one too many, has another name or another shape."""
    pieces = list(draft.pieces)
    place = chance.randrange(len(pieces))
    piece = pieces[place]
    match chance.randrange(5):
        case 0:
            del pieces[place]
        case 1:
            name = chance.choice(("extra", "", "a", "zz", piece.name + " "))
            pieces.insert(place, replace(piece, name=name))
        case 2:
            name = chance.choice((piece.name.upper() + "_", piece.name[:-1], piece.name + "\u200b"))
            pieces[place] = replace(piece, name=name)
        case 3:
            shape = (1, *piece.shape) if chance.random() < 0.5 else piece.shape[::-1]
            pieces[place] = replace(piece, shape=shape)
        case _:
            count = len(piece.values) // 4
            pieces[place] = replace(piece, shape=(count,))
    names = {each.name: each for each in pieces}
    return replace(draft, pieces=tuple(names.values()))


def other_order(chance: random.Random, draft: Draft) -> Draft:
    """The tensors lie in another order, which is as good."""
    pieces = list(draft.pieces)
    chance.shuffle(pieces)
    return replace(draft, pieces=tuple(pieces))


PART_SPOILS: tuple[PartSpoil, ...] = (
    nothing,
    other_weight,
    other_metadata,
    several_flaws,
    other_tensors,
    other_order,
)
