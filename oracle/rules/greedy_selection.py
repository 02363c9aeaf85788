"""Greedy forward selection of updates, and a second look at which of those kept do harm."""

from collections.abc import Sequence
from dataclasses import dataclass

from fedjury.oracle.rules.baseline import Baseline
from fedjury.oracle.rules.evaluation import Evaluation, exceeds
from fedjury.oracle.rules.update_subset import UpdateSubset

# At most this part of what a round gains, a fourth, may be lost to those that are tolerated.
_PART = 4


@dataclass(frozen=True)
class Tolerance:
    """How much harm may pass; see `SelectionRule` for z and slack."""

    z: float
    slack: float

    def harms(self, evaluation: Evaluation, best: Evaluation, baseline: Baseline) -> bool:
        """Whether an evaluation is worse than the best one by more than may pass.

        What chance explains may pass. So may what is a small part of the loss's own uncertainty
        and leaves at least three quarters of what the best gains over the baseline.
        """
        if not evaluation.worse_than(best, self.z):
            return False
        lost = evaluation.loss - best.loss
        if _PART * lost > baseline.loss - best.loss:
            return True
        return exceeds(lost, self.slack, best.losses)


@dataclass(frozen=True)
class GreedySelection:
    """Adds updates to a subset, from the best alone to the worst, and keeps those that do no harm.

    Attributes:
        baseline: what the new model may not be worse than.
        order: indexes of the updates, the best alone first.
        improving: indexes of the updates that improve the old model by themselves. They stay
            unless they do harm; the others only where the subset is clearly better with them.
        tolerance: how much harm may pass.
    """

    baseline: Baseline
    order: Sequence[int]
    improving: frozenset[int]
    tolerance: Tolerance

    def keep(self, empty: UpdateSubset) -> UpdateSubset:
        """The updates that are kept, starting from an empty subset."""
        subset, best = empty, None
        for _ in range(2):
            for index in [index for index in self.order if index not in subset.indexes]:
                larger = subset.with_one(index)
                evaluation = larger.evaluation()
                if best is not None and not self._may_stay(index, evaluation, best):
                    continue
                subset = larger
                if best is None or evaluation.loss < best.loss:
                    best = evaluation
        return self._thinned(subset)

    def _may_stay(self, index: int, with_it: Evaluation, without: Evaluation) -> bool:
        if index in self.improving:
            return not self.tolerance.harms(with_it, without, self.baseline)
        return without.worse_than(with_it, self.tolerance.z)

    def _thinned(self, subset: UpdateSubset) -> UpdateSubset:
        """The subset without those updates that the others do better without.

        They are dropped while that lowers the loss, and then taken back, the last one first, as
        far as they may stay beside the least loss found. So several that each do little harm are
        held against what it is without all of them.
        """
        best, dropped = subset.evaluation(), list[int]()
        for index in self._dispensable(subset, best):
            if len(subset.indexes) == 1:
                break
            smaller = subset.without(index)
            evaluation = smaller.evaluation()
            if evaluation.loss < best.loss:
                subset, best = smaller, evaluation
                dropped.append(index)
        for index in reversed(dropped):
            larger = subset.with_one(index)
            if self._may_stay(index, larger.evaluation(), best):
                subset = larger
        return subset

    def _dispensable(self, subset: UpdateSubset, evaluation: Evaluation) -> list[int]:
        """Indexes of updates without which the loss is lower, first that of the lowest loss."""
        if len(subset.indexes) == 1:
            return []
        losses = {
            index: subset.without(index).evaluation().loss
            for index in self.order
            if index in subset.indexes
        }
        return sorted(
            (index for index, loss in losses.items() if loss < evaluation.loss),
            key=lambda index: (losses[index], index),
        )
