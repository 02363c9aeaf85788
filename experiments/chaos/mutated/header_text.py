"""The header of a safetensors file by its grammar: docs/protocol/files.md said once more.

Nothing of the program under test is used, nor Python's JSON reader, which the program uses.
"""

import re
from collections.abc import Container, Iterator
from typing import NoReturn

_SPACE = re.compile(r"[ \t\n\r]*")
_TEXT = re.compile(r'"((?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*)"')
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)")
_NUMBER = re.compile(r"0|[1-9][0-9]*")
_PLAIN = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")

Value = str | list[int]
Flat = dict[str, Value]


class NoHeader(Exception):
    """The text is no header."""


def read_text(text: str) -> dict[str, Flat]:
    """The object of flat objects that a header is.

    Raises:
        NoHeader: it is something else.
    """
    reader = _Reader(text)
    found: dict[str, Flat] = {}
    for key in reader.members():
        found[reader.new(key, found)] = reader.flat()
    reader.end()
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    def new(self, key: str, found: Container[str]) -> str:
        if key in found:
            self._refuse("a key twice")
        return key

    def members(self) -> Iterator[str]:
        """The keys of an object, each read up to its value, which the caller has to read."""
        self._need("{")
        if self._takes("}"):
            return
        while True:
            yield self._string()
            if self._takes("}"):
                return
            self._need(",")

    def flat(self) -> Flat:
        found: Flat = {}
        for key in self.members():
            found[self.new(key, found)] = self._value()
        return found

    def end(self) -> None:
        self._skip()
        if self._at != len(self._text):
            self._refuse("more after the object")

    def _value(self) -> Value:
        self._skip()
        if self._text[self._at : self._at + 1] == '"':
            return self._text_token()
        numbers: list[int] = []
        self._need("[")
        if self._takes("]"):
            return numbers
        while True:
            self._skip()
            numbers.append(self._number())
            if self._takes("]"):
                return numbers
            self._need(",")

    def _number(self) -> int:
        token = _NUMBER.match(self._text, self._at)
        if token is None or len(token[0]) > 40:
            self._refuse("no number that a file can have")
        self._at = token.end()
        return int(token[0])

    def _string(self) -> str:
        self._skip()
        key = self._text_token()
        self._need(":")
        return key

    def _text_token(self) -> str:
        token = _TEXT.match(self._text, self._at)
        if token is None:
            self._refuse("no text")
        self._at = token.end()
        if "\\" not in token[1]:
            return token[1]
        text = _ESCAPE.sub(_unescaped, token[1])
        text = _PAIR.sub(
            lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), text
        )
        if any(0xD800 <= ord(letter) < 0xE000 for letter in text):
            self._refuse("half a pair")
        return text

    def _takes(self, letter: str) -> bool:
        self._skip()
        if self._text[self._at : self._at + 1] != letter:
            return False
        self._at += 1
        return True

    def _need(self, letter: str) -> None:
        if not self._takes(letter):
            self._refuse(f"{letter} is missing")

    def _skip(self) -> None:
        space = _SPACE.match(self._text, self._at)
        self._at = space.end() if space else self._at

    def _refuse(self, why: str) -> NoReturn:
        raise NoHeader(why)


def _unescaped(escape: re.Match[str]) -> str:
    letter = escape[1]
    if letter.startswith("u"):
        return chr(int(letter[1:], 16))
    return _PLAIN.get(letter, letter)
