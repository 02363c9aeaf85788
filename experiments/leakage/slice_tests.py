"""How often chance decides on a slice of so many samples: exact, by sums over binomials."""

import math
from dataclasses import dataclass

CHANGING = (
    0.04  # share of samples that the update answers otherwise, right instead of wrong or back
)
SIZES = (100, 359, 500, 1000, 5000)
ZS = (0.0, 1.0, 1.64, 2.0, 3.0)
CHANGES = (-0.005, 0.0, 0.005, 0.01)  # of accuracy, by the update
_RARE = 1e-12  # numbers of changing samples that are less likely are left out


@dataclass(frozen=True)
class SliceTest:
    """One test of an update on one slice.

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
    """How likely the rule `paper` accepts an update that is truly better or worse by so much.

    Args:
        samples: of the slice, drawn independently.
        z: of the rule: with b won, c lost and D = b − c, D > 0 and D² > z²·(b + c).
        change: of the accuracy, as a share.
        changing: share of samples that the update wins or loses; at least |change|.
    """
    won = (changing + change) / (2 * changing)
    total = 0.0
    for changed in range(1, samples + 1):
        likely = _binomial(samples, changed, changing)
        if likely > _RARE:
            needed = _least_won(changed, z)
            total += likely * sum(_binomial(changed, b, won) for b in range(needed, changed + 1))
    return total


def all_tests() -> list[SliceTest]:
    """Every size, z and change."""
    return [
        SliceTest(samples, z, change, probability(samples, z, change))
        for change in CHANGES
        for z in ZS
        for samples in SIZES
    ]


def _least_won(changed: int, z: float) -> int:
    """The fewest of the changed samples that have to be won."""
    return next(
        (
            won
            for won in range(changed // 2 + 1, changed + 1)
            if (2 * won - changed) ** 2 > z * z * changed
        ),
        changed + 1,
    )


def _binomial(count: int, hits: int, share: float) -> float:
    if share in (0.0, 1.0):
        return float(hits == count * share)
    ways = math.lgamma(count + 1) - math.lgamma(hits + 1) - math.lgamma(count - hits + 1)
    return math.exp(ways + hits * math.log(share) + (count - hits) * math.log1p(-share))
