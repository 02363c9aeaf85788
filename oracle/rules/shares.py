"""A share of a round's updates as a whole number."""

from decimal import Decimal


def share_of(share: float, count: int) -> int:
    """⌊share · count⌋ for the share as it is written: 0.29 of 100 is 29, not float64's 28."""
    return int(Decimal(str(share)) * count)
