"""How often the paper's rule accepts an update that is worse, by the size of the samples it sees.

    python -m experiments.small_slices

Each sample changes sides by itself: it is won with one probability and lost with another, which
differ by how much worse or better the update is.
"""

import math
from collections.abc import Iterator

from fedjury.oracle.rules.mcnemar import clearly_more

# What the table is made for.
CHURN, DIFFERENCE = 0.04, -0.005
SIZES, ZS = (100, 500, 1000, 5000), (0.0, 1.0, 1.64, 2.0)
# Numbers of changes that are less likely than this are left out.
_NEGLIGIBLE = 1e-12


def acceptance(samples: int, churn: float, difference: float, z: float = 0.0) -> float:
    """The probability that rule `paper` accepts an update; exact but for rounding.

    Args:
        samples: how many the update is judged on.
        churn: the share of samples that change sides, won and lost together; above 0, below 1.
        difference: by how much its true accuracy is above the old model's; negative where it is
            worse, and at most `churn` in magnitude.
        z: the rule's parameter.
    """
    won = (churn + difference) / churn / 2
    return math.fsum(
        likely * _at_least(_least_won(changes, z), changes, won)
        for changes, likely in _binomial(samples, churn)
        if likely > _NEGLIGIBLE
    )


def _least_won(changes: int, z: float) -> int:
    """How many of the changes have to be won; one more than there are where none is enough."""
    enough = range(changes // 2, changes + 1)
    return next((won for won in enough if clearly_more(won, changes - won, z)), changes + 1)


def _at_least(least: int, trials: int, share: float) -> float:
    """The probability of at least so many successes."""
    return math.fsum(likely for count, likely in _binomial(trials, share) if count >= least)


def _binomial(trials: int, share: float) -> Iterator[tuple[int, float]]:
    """Each number of successes, and how likely it is."""
    if share in (0.0, 1.0):
        yield int(trials * share), 1.0
        return
    for count in range(trials + 1):
        ways = math.lgamma(trials + 1) - math.lgamma(count + 1) - math.lgamma(trials - count + 1)
        yield (
            count,
            math.exp(ways + count * math.log(share) + (trials - count) * math.log1p(-share)),
        )


def table() -> Iterator[str]:
    """Percentages by size and z, as lines of Markdown."""
    yield "| samples | " + " | ".join(f"z = {z:g}" for z in ZS) + " |"
    yield "|---|" + "---|" * len(ZS)
    for samples in SIZES:
        each = (100 * acceptance(samples, CHURN, DIFFERENCE, z) for z in ZS)
        yield f"| {samples:,} | " + " | ".join(f"{share:.2g}" for share in each) + " |"


if __name__ == "__main__":
    print("\n".join(table()))
