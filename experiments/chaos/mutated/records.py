"""Malformed round records, through the reader that everybody uses."""

import json
import random
import re
from collections.abc import Callable
from typing import Any

from experiments.chaos.figures import Figures
from experiments.chaos.mutated.byte_spoils import BYTE_SPOILS
from experiments.chaos.mutated.json_spoils import spoiled_json
from experiments.chaos.mutated.limits import Limits
from fedjury.protocol.round_record import RoundRecord

_STEP = 100
_B32, _B20 = "0x" + "11" * 32, "0x" + "ab" * 20
SOUND: dict[str, Any] = {
    "version": 2, "chain": 1, "task": _B20, "round": 3, "attempt": 0, "updates_hash": _B32,
    "parent": _B32, "slice": 1, "baseline": 5, "correct": 7,
    "roster": {"version": 1, "root": _B32, "size": 4, "digest": _B32},
    "jury": {"version": 1, "hash": _B32, "size": 4, "quorum": 3},
    "haves": [{"juror": _B20, "batches": "0x80", "entries": "0xe0"}],
    "batches": [{"index": 1, "relayer": _B20, "count": 2, "digest": _B32, "code": 0}],
    "entries": [
        {"client": _B20, "digest": _B32, "code": 1, "reason": 0, "arguments": [], "correct": 6},
        {"client": _B20, "digest": _B32, "code": 8, "reason": 11, "arguments": [0]},
    ],
}  # fmt: skip
"""A record with everything in it."""


def read_malformed(seed: int, count: int) -> Figures:
    """Have records read that were spoiled.

    Args:
        seed: of all that is drawn.
        count: how many.
    """
    chance, figures = random.Random(seed), Figures()
    figures.values["records"] = count
    with Limits(figures) as limits:
        for number in range(count):
            if number % _STEP == 0:
                limits.next()
            data = _spoiled(chance)
            try:
                taken: bool | None = RoundRecord.from_bytes(data).to_bytes() == data
            except ValueError:
                taken = None
            except Exception as error:
                figures.wrong.append(f"{type(error).__name__} {error!s:.200}: {data[:900]!r}")
                continue
            figures.count("refused" if taken is None else "taken")
            if (taken is True) != is_record(data) or taken is False:
                figures.wrong.append(f"taken is {taken}: {data[:900]!r}")
    return figures


def _spoiled(chance: random.Random) -> bytes:
    if chance.random() < 0.3:
        return chance.choice(BYTE_SPOILS)(chance, _written(SOUND))
    try:
        return _written(spoiled_json(chance, SOUND))
    except UnicodeEncodeError:
        return b'{"\\ud800":1}'


def is_record(data: bytes) -> bool:
    """Whether bytes are a record: the table of docs/protocol/record.md, said once more."""
    try:
        document = json.loads(data.decode())
        return bool(_RECORD(document)) and _written(document) == data
    except (ValueError, RecursionError):
        return False


def _written(document: Any) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


Check = Callable[[Any], bool]


def _whole(least: int, most: int | None) -> Check:
    return lambda value: type(value) is int and value >= least and (most is None or value < most)


def _text(pattern: str) -> Check:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _all(check: Check) -> Check:
    return lambda value: isinstance(value, list) and all(map(check, value))


def _object(needed: dict[str, Check], free: dict[str, Check]) -> Check:
    def check(value: Any) -> bool:
        if not isinstance(value, dict) or not needed.keys() <= value.keys():
            return False
        known = {**needed, **free}
        return all(key in known and known[key](each) for key, each in value.items())

    return check


_U32, _FIRST, _BYTE = _whole(0, 2**32), _whole(1, 2**32), _whole(0, 256)
_HASH, _ADDRESS = _text(r"0x[0-9a-f]{64}"), _text(r"0x[0-9a-f]{40}")
_BITS = _text(r"0x([0-9a-f]{2})*")
_ROSTER = {"version": _FIRST, "root": _HASH, "size": _U32, "digest": _HASH}
_JURY = {"version": _FIRST, "hash": _HASH, "size": _FIRST, "quorum": _FIRST}
_BATCH = {"index": _U32, "relayer": _ADDRESS, "count": _FIRST, "digest": _HASH, "code": _BYTE}
_ENTRY = {"client": _ADDRESS, "digest": _HASH, "code": _whole(1, 256), "reason": _BYTE}
_RECORD = _object(
    {
        "version": lambda value: type(value) is int and value == 2,
        "chain": _whole(0, None),
        "task": _ADDRESS,
        "round": _FIRST,
        "attempt": _U32,
        "updates_hash": _HASH,
        "parent": _HASH,
        "roster": _object(_ROSTER, {}),
        "jury": _object(_JURY, {}),
        "slice": _FIRST,
        "haves": _all(_object({"juror": _ADDRESS, "entries": _BITS}, {"batches": _BITS})),
        "batches": _all(_object(_BATCH, {})),
        "entries": _all(
            _object(
                {**_ENTRY, "arguments": _all(lambda each: type(each) is int)}, {"correct": _U32}
            )
        ),
    },
    {"baseline": _U32, "correct": _U32},
)
