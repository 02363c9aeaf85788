"""Multi-Krum, for comparison: accept the updates that lie closest to their neighbours.

Blanchard et al. 2017, "Machine learning with adversaries: Byzantine tolerant gradient descent",
there of gradients, here of weights.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from fedjury.checks.numbers import check_number
from fedjury.oracle.aggregation.distances import squared_distances
from fedjury.oracle.aggregation.updates import Updates
from fedjury.oracle.rules.base import RuleInput, Ruling
from fedjury.oracle.rules.baseline import baseline_count
from fedjury.oracle.rules.counts import counts_of
from fedjury.oracle.rules.mean import MeanAggregation
from fedjury.oracle.rules.shares import share_of
from fedjury.protocol.tensors import Tensors


@dataclass(frozen=True)
class MultiKrumRule(MeanAggregation):
    """Of n updates accept the n − f of the lowest scores, f = ⌊byzantine·n⌋.

    An update's score is the sum of squared distances to its n − f − 2 nearest others; to the
    nearest one where that leaves none, so that few updates can be judged as well. Equal scores
    go in order of the updates. The paper's guarantee needs 2f + 2 < n. The verification samples
    decide nothing, so beyond that it trusts the roster.

    Attributes:
        byzantine: the share of adversaries to withstand, in [0, 1).

    Raises:
        ValueError: the share is out of range.
    """

    byzantine: float = 0.3
    independent: ClassVar[bool] = False
    consults: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_number("byzantine", self.byzantine, 0, below=1)

    def judge(self, given: RuleInput) -> Ruling:
        """Score all updates against each other; the verification set decides nothing."""
        chosen = set(self.choose(given.current, given.updates))
        accepted = [index in chosen for index in range(len(given.updates))]
        return Ruling(baseline_count(given), accepted, counts_of(given))

    def choose(self, current: Tensors, updates: Updates) -> list[int]:
        """Indexes of the accepted updates, the lowest score first.

        Args:
            current: the global model w, near which distances are most precise.
            updates: the well-formed updates.

        Raises:
            NoScratchSpace: a temporary file was needed and cannot be written.
        """
        count = len(updates)
        if not count:
            return []
        strangers = share_of(self.byzantine, count)
        nearest = max(1, count - strangers - 2)
        distances = squared_distances(current, updates).numpy()
        scores = [_score(row, index, nearest) for index, row in enumerate(distances)]
        return sorted(range(count), key=scores.__getitem__)[: count - strangers]


def _score(distances: NDArray[np.float64], index: int, nearest: int) -> float:
    """The sum of the least distances of an update, its own place left out."""
    others = np.sort(np.delete(distances, index))
    # fsum is exact up to one rounding, so the order of its terms does not matter
    return math.fsum(others[:nearest].tolist())
