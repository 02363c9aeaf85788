"""How often chance decides on a slice of so many samples: exact, by sums over binomials.

Each sample changes sides by itself: it is won with one probability and lost with another, which
differ by how much better or worse the update truly is.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from fedjury.oracle.rules.mcnemar import clearly_more

CHANGING = (
    0.04  # share of samples that the update answers otherwise, right instead of wrong or back
)
SIZES = (100, 359, 500, 1000, 5000)
ZS = (0.0, 1.0, 1.64, 2.0, 3.0)
CHANGES = (-0.005, 0.0, 0.005, 0.01)  # of accuracy, by the update
_RARE = 1e-12  # numbers of changing samples that are less likely are left out


@dataclass(frozen=True)
class SliceTest:
    """One test of an update on one slice, with which 4% of the samples change sides.

    Attributes:
        samples: of the slice.
        z: of the rule `paper`.
        change: by how much the update is truly better, as a share of all samples; below 0, worse.
        accepted: how likely it is accepted.
    """

    samples: int
    z: float
    change: float
    accepted: float


def probability(samples: int, z: float, change: float, changing: float = CHANGING) -> float:
    """How likely the rule `paper` accepts an update; exact but for rounding.

    Args:
        samples: of the slice, drawn independently.
        z: of the rule.
        change: by how much the update's true accuracy is above the old model's, as a share; at
            most `changing` in magnitude.
        changing: share of samples that change sides, won and lost together; above 0, below 1.
    """
    won = (changing + change) / changing / 2
    return math.fsum(
        likely * _at_least(_least_won(changes, z), changes, won)
        for changes, likely in _binomial(samples, changing)
        if likely > _RARE
    )


def all_tests() -> list[SliceTest]:
    """Every size, z and change."""
    return [
        SliceTest(samples, z, change, probability(samples, z, change))
        for change in CHANGES
        for z in ZS
        for samples in SIZES
    ]


def _least_won(changes: int, z: float) -> int:
    """How many of the changes have to be won; one more than there are where none is enough."""
    enough = range(changes // 2, changes + 1)
    return next((won for won in enough if clearly_more(won, changes - won, z)), changes + 1)


def _at_least(least: int, trials: int, share: float) -> float:
    """The probability of at least so many successes."""
    return math.fsum(likely for count, likely in _binomial(trials, share) if count >= least)


def _binomial(trials: int, share: float) -> Iterator[tuple[int, float]]:
    """Each number of successes, and how likely it is; the share is above 0 and below 1."""
    for count in range(trials + 1):
        ways = math.lgamma(trials + 1) - math.lgamma(count + 1) - math.lgamma(trials - count + 1)
        yield (
            count,
            math.exp(ways + count * math.log(share) + (trials - count) * math.log1p(-share)),
        )
