"""How good a test a slice is: the chance that a worse update is accepted by luck."""

from math import sqrt
from statistics import NormalDist

RECOMMENDED = 5000
"""Labels of a slice from which on the paper's strict rise is a good test."""
TINY = 100
"""Labels of a slice below which hardly any update is told from another."""
_CHANGING = 0.04  # share of the labels whose answer an update changes, for better or worse
_WORSE = 0.005  # half a percentage point


def chance_of_luck(labels: int) -> float:
    """How likely the paper's strict rise accepts an update that is half a point worse, 0 to 1.

    Where 4% of the answers change sides, b of them are won and c lost; b − c of so many labels is
    about normal with mean −0.005·labels and variance 0.04·labels, and has to be at least 1.

    Args:
        labels: that count in the slice, at least one.
    """
    deviation = sqrt(_CHANGING * labels)
    return NormalDist().cdf(-(_WORSE * labels + 0.5) / deviation)


def warning_of(labels: int) -> str:
    """A sentence on a slice that is small for the paper's rule; "" where it is not."""
    if labels >= RECOMMENDED:
        return ""
    if labels < TINY:
        return (
            f"a slice of {labels:,} tells next to nothing: so few answers change that chance "
            f"decides what is accepted, whatever the rule's parameters; {RECOMMENDED:,} samples or "
            "more are a good test"
        )
    return (
        f"a slice of {labels:,} is a weak test: where 4% of the answers change, the paper's strict "
        f"rise accepts an update that is half a point worse {chance_of_luck(labels):.0%} of the "
        f"time ({chance_of_luck(RECOMMENDED):.0%} with {RECOMMENDED:,}): give the rule "
        "--rule-parameter z=2, or take --rule loss or more samples"
    )
