"""Checks of parameters that come from files and command lines; all raise ValueError."""

import math
from collections.abc import Sequence
from typing import TypeGuard


def check_number(
    name: str,
    value: object,
    least: float = -math.inf,
    most: float = math.inf,
    *,
    below: float = math.inf,
) -> None:
    """Require a finite number.

    Args:
        name: of the parameter, for the message.
        value: what was given.
        least, most: bounds that belong to the range.
        below: a bound that does not.

    Raises:
        ValueError: no number, or out of range.
    """
    if not _is_finite(value) or not least <= value <= most or not value < below:
        raise ValueError(f"{name} is a number{_range(least, most, below)}, not {value!r}")


def check_whole(name: str, value: object, least: int) -> None:
    """Require a whole number of at least `least`."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name} is a whole number from {least}, not {value!r}")


def check_choice(name: str, value: object, choices: Sequence[str]) -> None:
    """Require one of these words."""
    if value not in choices:
        raise ValueError(f"{name} is {' or '.join(choices)}, not {value!r}")


def _is_finite(value: object) -> TypeGuard[float]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number that no float64 can hold
        return False


def _range(least: float, most: float, below: float) -> str:
    words = f" from {least:g}" if least > -math.inf else ""
    words += f" to {most:g}" if most < math.inf else ""
    return words + (f" and below {below:g}" if below < math.inf else "")
