"""What goes through an accomplice, and what it may do with it."""

import random
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """What came to the accomplice."""

    path: str
    headers: dict[str, str]
    body: bytes
    method: str = "POST"


@dataclass(frozen=True)
class Answer:
    """What goes back; None in its place stands for a connection that is closed without a word."""

    status: int
    headers: dict[str, str]
    body: bytes
    promised: int | None = None
    """The length that the headers promise, where it is not the body's."""


Forward = Callable[[Request], Answer | None]
"""Asks whoever is behind."""
Fault = Callable[[Request, Forward, random.Random], Answer | None]
"""Does something else than passing a request on and its answer back."""
