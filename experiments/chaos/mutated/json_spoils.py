"""Spoiling JSON that is well written: its values, its keys, its types, its depth."""

import copy
import random
from collections.abc import Iterator
from typing import Any

Spot = tuple[Any, Any]
_DEEP: Any = []
for _ in range(60):
    _DEEP = [_DEEP]
_ODD: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2**32, 2**64, 10**30, 1.5, "", "0x", "0x0", "0xzz", "\ud800", "\0",
    "0x" + "ab" * 32, "0X" + "ab" * 32, "0x" + "AB" * 32, "0x" + "ab" * 20, "x" * 100_000, [], {},
    [[]], {"a": {}}, _DEEP, ["0x"] * 1000,
)  # fmt: skip


def spots(value: Any) -> Iterator[Spot]:
    """Every place in a document: what holds it, and under which key or number."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in list(pairs):
        yield value, key
        if isinstance(each, dict | list):
            yield from spots(each)


def spoiled_json(chance: random.Random, document: dict[str, Any]) -> dict[str, Any]:
    """The document with one thing in it otherwise."""
    spoiled = copy.deepcopy(document)
    holder, key = chance.choice(list(spots(spoiled)))
    value = holder[key]
    match chance.randrange(6):
        case 0:
            holder[key] = chance.choice(_ODD)
        case 1:
            del holder[key]
        case 2 if isinstance(holder, dict):
            holder[chance.choice(("x", "", "\ud800", key + " ", key.upper()))] = value
        case 3 if isinstance(value, str) and len(value) > 2:
            at = chance.randrange(len(value))
            holder[key] = value[:at] + chance.choice("0123456789abcdefABx \n") + value[at + 1 :]
        case 4 if isinstance(value, str):
            holder[key] = chance.choice((value[:-1], value + "0", value + "00", value * 2))
        case 5 if isinstance(value, int):
            holder[key] = chance.choice((value + 1, value - 1, -value, float(value), str(value)))
        case _:
            holder[key] = [value]
    return spoiled
