"""Which of the numbers to take that several nodes tell."""

from collections.abc import Iterable


def lower_median(told: Iterable[int]) -> int:
    """The number in the middle, of an even count the lower one; of at least one number.

    While fewer than half are false, it is neither below all true ones nor above them; where half
    are, as one of two may be, it is still not above them.
    """
    ascending = sorted(told)
    return ascending[(len(ascending) - 1) // 2]


def upper_median(told: Iterable[int]) -> int:
    """As `lower_median`, of an even count the upper number: not below the true ones."""
    ascending = sorted(told)
    return ascending[len(ascending) // 2]
