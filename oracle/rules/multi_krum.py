"""Multi-Krum, for comparison: accept the updates that lie closest to their neighbours.

Blanchard et al. 2017, "Machine learning with adversaries: Byzantine tolerant gradient descent",
there of gradients, here of weights.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

from fedjury.checks.numbers import check_number
from fedjury.oracle.aggregation.distances import squared_distances
from fedjury.oracle.aggregation.updates import Updates
from fedjury.oracle.rules.base import RuleInput, Ruling
from fedjury.oracle.rules.counts import counts_of
from fedjury.oracle.rules.mean import MeanAggregation
from fedjury.oracle.rules.shares import share_of


@dataclass(frozen=True)
class MultiKrumRule(MeanAggregation):
    """Of n updates accept the n − f of the lowest scores, f = ⌊byzantine·n⌋.

    An update's score is the sum of squared distances to its n − f − 2 nearest others; to the
    nearest one where that leaves none, so that few updates can be judged as well. Equal scores
    go in order of the updates. The paper's guarantee needs 2f + 2 < n.

    Attributes:
        byzantine: the share of adversaries to withstand, in [0, 1).

    Raises:
        ValueError: the share is out of range.
    """

    byzantine: float = 0.3
    independent: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_number("byzantine", self.byzantine, 0, below=1)

    def judge(self, given: RuleInput) -> Ruling:
        """Score all updates against each other; the verification set decides nothing."""
        chosen = set(self.choose(given.updates))
        baseline = given.scores.correct(given.current)
        accepted = [index in chosen for index in range(len(given.updates))]
        return Ruling(baseline, accepted, counts_of(given))

    def choose(self, updates: Updates) -> list[int]:
        """Indexes of the accepted updates, the lowest score first."""
        count = len(updates)
        if not count:
            return []
        strangers = share_of(self.byzantine, count)
        nearest = max(1, count - strangers - 2)
        # fsum is exact up to one rounding, so the order of its terms does not matter
        scores = [
            math.fsum(sorted(row[:index] + row[index + 1 :])[:nearest])
            for index, row in enumerate(squared_distances(updates).tolist())
        ]
        return sorted(range(count), key=scores.__getitem__)[: count - strangers]

    def plausible(self, accepted: bool, correct: int, baseline: int) -> bool:
        """Distances decide; no count speaks for or against a verdict."""
        return True
