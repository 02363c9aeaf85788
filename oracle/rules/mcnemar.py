"""Whether one model is right more often than another beyond chance, sample by sample.

McNemar 1947, "Note on the sampling error of the difference between correlated proportions or
percentages": samples that both models get right or wrong say nothing. Of those that change sides,
b are won and c are lost; if chance alone decides, D = b − c has the variance b + c.
"""

from fractions import Fraction


def clearly_more(won: int, lost: int, z: float) -> bool:
    """Whether D > 0 and D² > z²·(won + lost): by more than z standard errors; exact.

    Args:
        won: samples that are right now and were not before.
        lost: samples that were right before and are not now.
        z: how many standard errors; 0 asks for more right than wrong.
    """
    difference = won - lost
    return difference > 0 and difference**2 > Fraction(z) ** 2 * (won + lost)
