"""Spoiling bytes, whatever they mean."""

import random
from collections.abc import Callable

Spoil = Callable[[random.Random, bytes], bytes]


def flip_bits(chance: random.Random, content: bytes) -> bytes:
    """One bit or a few, anywhere."""
    spoiled = bytearray(content or b"\0")
    for _ in range(chance.choice((1, 1, 1, 2, 8, 64))):
        spoiled[chance.randrange(len(spoiled))] ^= 1 << chance.randrange(8)
    return bytes(spoiled)


def flip_early_bits(chance: random.Random, content: bytes) -> bytes:
    """As `flip_bits`, in the first hundred bytes."""
    return flip_bits(chance, content[:100]) + content[100:]


def truncate(chance: random.Random, content: bytes) -> bytes:
    """Only the beginning."""
    return content[: chance.randrange(max(len(content), 1))]


def behead(chance: random.Random, content: bytes) -> bytes:
    """Only the end."""
    return content[chance.randrange(1, max(len(content), 2)) :]


def insert(chance: random.Random, content: bytes) -> bytes:
    """A few bytes more, anywhere."""
    at = chance.randrange(len(content) + 1)
    return content[:at] + chance.randbytes(chance.choice((1, 2, 4, 8, 117))) + content[at:]


def cut_out(chance: random.Random, content: bytes) -> bytes:
    """A few bytes less, anywhere."""
    at = chance.randrange(max(len(content), 1))
    return content[:at] + content[at + chance.choice((1, 2, 4, 8, 117)) :]


def append(chance: random.Random, content: bytes) -> bytes:
    """Bytes after the end."""
    return content + chance.choice((b"\0", b"\n", b" ", bytes(4), content, chance.randbytes(64)))


def swap_parts(chance: random.Random, content: bytes) -> bytes:
    """The end first."""
    at = chance.randrange(max(len(content), 1))
    return content[at:] + content[:at]


def replace_by_noise(chance: random.Random, _: bytes) -> bytes:
    """Bytes that were never anything."""
    return chance.randbytes(chance.choice((0, 1, 7, 8, 9, 64, 4096)))


def repeat_part(chance: random.Random, content: bytes) -> bytes:
    """A part twice, in place of what follows it."""
    if len(content) < 4:
        return content * 2
    start = chance.randrange(len(content) // 2)
    part = content[start : start + chance.randrange(1, len(content) // 2)]
    return content[:start] + part + part + content[start + 2 * len(part) :]


BYTE_SPOILS: tuple[Spoil, ...] = (
    flip_bits,
    flip_early_bits,
    truncate,
    behead,
    insert,
    cut_out,
    append,
    swap_parts,
    replace_by_noise,
    repeat_part,
)
