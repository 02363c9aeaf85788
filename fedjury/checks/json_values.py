"""JSON that means one thing to every reader."""

import json
import math
from typing import Any


class RepeatedKey(ValueError):
    """An object of a JSON text has a key twice."""


def parse_json(data: bytes | str) -> Any:
    """The value of a JSON text in which no key stands twice and every number is finite.

    Which of two entries of one name counts is each library's own choice, and Python's reader
    takes NaN, Infinity and 1e999, which no JSON can say.

    Raises:
        ValueError: not JSON, or not JSON of that kind.
        RecursionError: nested too deeply.
    """
    return json.loads(
        data, parse_float=_finite, parse_constant=_finite, object_pairs_hook=without_repetition
    )


def canonical_json(value: Any) -> bytes:
    """The one way to write a value: UTF-8, keys sorted, no white space.

    Raises:
        ValueError: a number is not finite.
        RecursionError: nested too deeply.
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object's pairs as a dictionary (an `object_pairs_hook` of the json module).

    Raises:
        RepeatedKey: a key is given twice.
    """
    found = dict(pairs)
    if len(found) != len(pairs):
        raise RepeatedKey("a key is given twice")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no finite number")
    return number
