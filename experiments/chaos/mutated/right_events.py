"""Which events an answer to eth_getLogs holds: JSON-RPC and the ABI by hand."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_QUANTITY = re.compile(r"0x[0-9a-fA-F]+")
_DATA = re.compile(r"0x(?:[0-9a-fA-F]{2})*")


class Wrong(Exception):
    """The answer is not to be taken."""


@dataclass(frozen=True)
class Sample:
    """A kind of event, with a log of it.

    Attributes:
        name: of the event.
        indexed, plain: ABI types of its values.
        log: as a node gives it.
    """

    name: str
    indexed: Sequence[str]
    plain: Sequence[str]
    log: dict[str, Any]


def right_events(
    answer: Any, address: str, last: int, samples: Sequence[Sample]
) -> tuple[list[list[Any]] | None, bool]:
    """The events of an answer.

    Returns:
        Their values in chain order, or None where it must be refused; and whether it must be taken:
        what is encoded in an odd way may be refused.
    """
    try:
        if not isinstance(answer, list):
            raise Wrong
        found: dict[tuple[int, int], list[Any]] = {}
        hashes: dict[tuple[int, int], bytes] = {}
        is_plain = True
        for raw in answer:
            if isinstance(raw, dict) and raw.get("removed") is True:
                continue
            values, hash, is_usual = _event(raw, address, last, samples)
            place = (values[1], values[2])
            if found.setdefault(place, values) != values or hashes.setdefault(place, hash) != hash:
                raise Wrong
            is_plain = is_plain and is_usual
    except Wrong:
        return None, False
    return [found[place] for place in sorted(found)], is_plain


def _event(
    raw: Any, address: str, last: int, samples: Sequence[Sample]
) -> tuple[list[Any], bytes, bool]:
    if not isinstance(raw, dict) or not isinstance(raw.get("topics"), list):
        raise Wrong
    topics = [_bytes(each, 32) for each in raw["topics"]]
    data = _bytes(raw.get("data"))
    block, index = _number(raw.get("blockNumber")), _number(raw.get("logIndex"))
    hash = _bytes(raw.get("transactionHash"), 32)
    if _bytes(raw.get("address"), 20).hex() != address[2:] or not 1 <= block <= last or not topics:
        raise Wrong
    sample = next((s for s in samples if s.log["topics"][0][2:] == topics[0].hex()), None)
    if sample is None or len(topics) != 1 + len(sample.indexed):
        raise Wrong
    indexed = [_value(kind, word) for kind, word in zip(sample.indexed, topics[1:], strict=True)]
    values, is_usual = _values(sample.plain, data)
    return [sample.name, block, index, *indexed, *values], hash, is_usual


def _values(kinds: Sequence[str], data: bytes) -> tuple[list[Any], bool]:
    found: list[Any] = []
    tail = 32 * len(kinds)
    is_usual = True
    for place, kind in enumerate(kinds):
        word = _cut(data, 32 * place, 32)
        if kind not in ("bytes", "address[]"):
            found.append(_value(kind, word))
            continue
        start = int.from_bytes(word, "big")
        count = int.from_bytes(_cut(data, start, 32), "big")
        is_usual = is_usual and start == tail
        if kind == "bytes":
            found.append("0x" + _cut(data, start + 32, count).hex())
            size = -(-count // 32) * 32
            if any(_cut(data, start + 32, size)[count:]):
                raise Wrong
        else:
            size = 32 * count
            words = _cut(data, start + 32, size)
            found.append([_value("address", words[at : at + 32]) for at in range(0, size, 32)])
        tail = start + 32 + size
    return found, is_usual and tail == len(data)


def _value(kind: str, word: bytes) -> Any:
    number = int.from_bytes(word, "big")
    if kind == "bytes32":
        return "0x" + word.hex()
    if kind == "address":
        if number >> 160:
            raise Wrong
        return "0x" + word[12:].hex()
    bits = 1 if kind == "bool" else int(kind.removeprefix("uint"))
    if number >> bits:
        raise Wrong
    return bool(number) if kind == "bool" else number


def _cut(data: bytes, start: int, size: int) -> bytes:
    if start + size > len(data):
        raise Wrong
    return data[start : start + size]


def _number(value: Any) -> int:
    if type(value) is int and value >= 0:
        return value
    if not isinstance(value, str) or not _QUANTITY.fullmatch(value):
        raise Wrong
    return int(value, 16)


def _bytes(value: Any, size: int | None = None) -> bytes:
    if not isinstance(value, str) or not _DATA.fullmatch(value):
        raise Wrong
    found = bytes.fromhex(value[2:])
    if size not in (None, len(found)):
        raise Wrong
    return found
