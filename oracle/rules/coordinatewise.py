"""The coordinate-wise median and trimmed mean, for comparison.

Yin et al. 2018, "Byzantine-robust distributed learning: towards optimal statistical rates",
there of gradients, here of weights.
"""

from dataclasses import dataclass

from fedjury.checks.numbers import check_number
from fedjury.oracle.aggregation.averaging import mix
from fedjury.oracle.aggregation.coordinates import unflatten
from fedjury.oracle.aggregation.trimmed import trimmed_mean
from fedjury.oracle.aggregation.updates import Updates
from fedjury.oracle.rules.accept_all import AcceptingRule
from fedjury.oracle.rules.shares import share_of
from fedjury.protocol.tensors import Tensors


@dataclass(frozen=True)
class MedianRule(AcceptingRule):
    """Accept every well-formed update and take the median of each coordinate.

    Of an even number it is the mean of the two in the middle.
    """

    def aggregate(self, current: Tensors, accepted: Updates, mixing_weight: float) -> Tensors:
        """λ·w + (1−λ)·median(accepted), or w where there is none."""
        return _mix_trimmed(current, accepted, (len(accepted) - 1) // 2, mixing_weight)


@dataclass(frozen=True)
class TrimmedMeanRule(AcceptingRule):
    """Accept every well-formed update; average each coordinate without its extreme values.

    Attributes:
        trim: the share cut off at each end, in [0, 0.5); ⌊trim·n⌋ values of n, so one is left.

    Raises:
        ValueError: the share is out of range.
    """

    trim: float = 0.2

    def __post_init__(self) -> None:
        check_number("trim", self.trim, 0, below=0.5)

    def aggregate(self, current: Tensors, accepted: Updates, mixing_weight: float) -> Tensors:
        """λ·w + (1−λ)·trimmed mean(accepted), or w where there is none."""
        return _mix_trimmed(current, accepted, share_of(self.trim, len(accepted)), mixing_weight)


def _mix_trimmed(current: Tensors, accepted: Updates, cut: int, mixing_weight: float) -> Tensors:
    if not len(accepted):
        return current
    return mix(current, unflatten(trimmed_mean(accepted, cut), current), mixing_weight)
