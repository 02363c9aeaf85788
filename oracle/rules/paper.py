"""Algorithm 1 of Short et al. 2020: accept what raises accuracy, average what was accepted."""

from dataclasses import dataclass
from typing import ClassVar

from fedjury.oracle.rules.base import RuleInput, Ruling
from fedjury.oracle.rules.counts import counts_of
from fedjury.oracle.rules.mean import MeanAggregation


@dataclass(frozen=True)
class PaperRule(MeanAggregation):
    """VerifyUpdate: accept r when correct(λ·w + (1−λ)·r) > correct(w)."""

    independent: ClassVar[bool] = True

    def judge(self, given: RuleInput) -> Ruling:
        """Evaluate w once and every mixed model p once."""
        baseline = given.scores.correct(given.current)
        correct = counts_of(given)
        return Ruling(baseline, [count > baseline for count in correct], correct)

    def plausible(self, accepted: bool, correct: int, baseline: int) -> bool:
        """Accepted exactly when the count is above the baseline."""
        return accepted == (correct > baseline)
