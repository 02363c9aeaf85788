"""Counting what jurors ask each other for."""

from collections.abc import Callable
from dataclasses import dataclass

Count = Callable[[str, str, int], None]
"""Is told of one request: the kind of thing that is asked for (`fedjury.oracle.exchange.paths`),
what came of it in a word, and the bytes of the answer's body."""


def uncounted(kind: str, answer: str, size: int) -> None:
    """Count nothing."""


@dataclass(frozen=True)
class Traffic:
    """Who counts a juror's requests. Both are called from threads.

    Attributes:
        served: what others ask it for.
        asked: what it asks others for.
    """

    served: Count = uncounted
    asked: Count = uncounted


NOBODY = Traffic()
