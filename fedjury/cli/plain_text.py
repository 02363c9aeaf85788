"""Text that does no harm where it is shown: others' words, and signs that a terminal lacks."""

import codecs
import json
import math
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

# Control characters, escape sequences' beginnings included, line and paragraph separators, what
# reverses the direction of writing, and halves of characters.
_HARMFUL = "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
# Ours, and those that rich draws with.
_SIGNS = {"✓": "v", "✗": "x", "–": "-", "—": "-", "…": ".", "×": "x", "·": ".", "•": "*"}
_SIGNS |= {"“": '"', "”": '"', "‘": "'", "’": "'", "≥": ">=", "≤": "<=", "→": "->"}
_SIGNS |= {"λ": "lambda", "∞": "without end", "²": "^2"}
SIGNS_HANDLER = "fedjury-signs"


def harmless(text: str, *, one_line: bool = False) -> str:
    r"""The text with everything that a terminal would obey written out, as \x1b.

    Args:
        text: perhaps another person's.
        one_line: whether line ends and tabs are written out too.
    """
    return _harm(one_line).sub(lambda found: _escaped(found[0]), text)


def json_line(document: Mapping[str, object], encoding: str) -> str:
    """One line of JSON that is valid in this encoding and harmless on a terminal."""
    ascii_only = codecs.lookup(encoding).name != "utf-8"
    text = json.dumps(_finite(document), default=str, ensure_ascii=ascii_only, allow_nan=False)
    # JSON has the same escapes, and what they stand for is only ever inside of its strings
    return _harm(True).sub(lambda found: f"\\u{ord(found[0]):04x}", text)


@cache
def _harm(one_line: bool) -> re.Pattern[str]:
    # not at import: help, which needs none, would come a hundredth later
    return re.compile(f"[\t\n{_HARMFUL}]" if one_line else f"[{_HARMFUL}]")


def register_signs() -> None:
    """Make known how signs that an encoding lacks are written: an error handler of `codecs`."""
    codecs.register_error(SIGNS_HANDLER, _replace)


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(_SIGNS.get(sign) or _escaped(sign) for sign in missing), error.end


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _finite(value: Any) -> Any:
    """The value with words for floats that JSON has no numbers for."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {key: _finite(each) for key, each in value.items()}
    return [_finite(each) for each in value] if isinstance(value, list | tuple) else value
