"""How training data are shared among clients, as one writes it."""

import math
from dataclasses import dataclass

from fedjury.errors import DataError

IID = "iid"
DIRICHLET = "dirichlet"
DIRICHLET_EQUAL = "dirichlet-equal"
SCHEMES = f"{IID}, {DIRICHLET}:ALPHA or {DIRICHLET_EQUAL}:ALPHA"

_LEAST_ALPHA = 1e-3  # below, every class is one client's; far above, shares are equal
_MOST_ALPHA = 1e6


@dataclass(frozen=True)
class Scheme:
    """A way to share; as text it is what `parse_scheme` takes.

    Attributes:
        name: ``iid``: equal shards (the paper's 10 chunks). ``dirichlet``, ``dirichlet-equal``:
            clients hold different classes, and different amounts or equal ones
            (see `fedjury.data.dirichlet`).
        alpha: the concentration of the latter two; None for ``iid``.
    """

    name: str
    alpha: float | None

    def __str__(self) -> str:
        return self.name if self.alpha is None else f"{self.name}:{self.alpha:g}"


def parse_scheme(text: str) -> Scheme:
    """The scheme that a text names.

    Raises:
        DataError: no such scheme, or α is not a number from 0.001 to a million.
    """
    if text == IID:
        return Scheme(IID, None)
    name, _, number = text.partition(":")
    if name not in (DIRICHLET, DIRICHLET_EQUAL):
        raise DataError(f"unknown partition {text!r}: say {SCHEMES}")
    try:
        alpha = float(number)
    except ValueError:
        alpha = math.nan
    if not _LEAST_ALPHA <= alpha <= _MOST_ALPHA:
        raise DataError(
            f"partition {text!r}: ALPHA is a number from {_LEAST_ALPHA:g} to {_MOST_ALPHA:g}, "
            f"as in {DIRICHLET}:0.5"
        )
    return Scheme(name, alpha)
