"""How often chance decides on slices of several sizes, by what the update is truly worth."""

from dataclasses import dataclass

from experiments.small_slices import CHURN, acceptance

SIZES = (100, 359, 500, 1000, 5000)
ZS = (0.0, 1.0, 1.64, 2.0, 3.0)
CHANGES = (-0.005, 0.0, 0.005, 0.01)  # of accuracy, by the update


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


def all_tests() -> list[SliceTest]:
    """Every size, z and change."""
    return [
        SliceTest(samples, z, change, acceptance(samples, CHURN, change, z))
        for change in CHANGES
        for z in ZS
        for samples in SIZES
    ]
