"""Loss instead of accuracy: Zeno's stochastic descent score.

Xie et al. 2019, "Zeno: Distributed stochastic gradient descent with suspicion-based
fault-tolerance" (ICML). Zeno keeps the best-scored updates of a round, a number fixed beforehand;
here each has to score above 0 by itself, as in the same authors' Zeno++ (2020).
"""

from dataclasses import dataclass
from typing import ClassVar

from fedjury.checks.numbers import check_number
from fedjury.oracle.aggregation.averaging import mix
from fedjury.oracle.aggregation.distances import squared_distance
from fedjury.oracle.evaluation.losses import LOSS_UNITS
from fedjury.oracle.rules.base import RuleInput, Ruling
from fedjury.oracle.rules.baseline import baseline_count, baseline_loss
from fedjury.oracle.rules.counts import counts_of
from fedjury.oracle.rules.mean import MeanAggregation
from fedjury.protocol.tensors import Tensors


@dataclass(frozen=True)
class LossRule(MeanAggregation):
    """Accept r when loss(w) − loss(p) − ρ·‖r − w‖² > 0, with p = λ·w + (1−λ)·r.

    Where the best constant answer's loss is below loss(w), it takes the place of that. Loss is the
    mean cross entropy over the whole verification set, in nats, so nothing is left to the draw of
    a batch. A verdict's count is correct(p), which the loss need not follow.

    Attributes:
        rho: ρ, in [0, 1e9) nats per squared unit of weight: what moving far from w costs. 0
            leaves the decision to the loss alone, because a fitting price depends on model and
            training.

    Raises:
        ValueError: ρ is out of range.
    """

    rho: float = 0.0
    independent: ClassVar[bool] = True
    consults: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_number("rho", self.rho, 0, below=1e9)

    def judge(self, given: RuleInput) -> Ruling:
        """Score each update against the baseline."""
        before = baseline_loss(given)
        accepted = [self._accepts(given, before, update) for update in given.updates]
        return Ruling(baseline_count(given), accepted, counts_of(given))

    def _accepts(self, given: RuleInput, before: int, update: Tensors) -> bool:
        gained = before - given.scores.loss(mix(given.current, update, given.lam))
        price = self.rho and self.rho * squared_distance(update, given.current)
        return gained > price * (given.scores.samples * LOSS_UNITS)
