"""Algorithm 1 of Short et al. 2020: accept what raises accuracy, average what was accepted."""

from dataclasses import dataclass
from typing import ClassVar

from fedjury.checks.numbers import check_number
from fedjury.oracle.rules.base import RuleInput, Ruling
from fedjury.oracle.rules.baseline import baseline_count, baseline_mask
from fedjury.oracle.rules.counts import counts_of, each_mixed
from fedjury.oracle.rules.mcnemar import clearly_more
from fedjury.oracle.rules.mean import MeanAggregation


@dataclass(frozen=True)
class PaperRule(MeanAggregation):
    """VerifyUpdate: accept r when p = λ·w + (1−λ)·r gets more samples right than w does.

    Where the best constant answer gets more of them right than w, that takes the place of w.

    Attributes:
        z: by how many standard errors it has to be more, in [0, 100). Of samples that change sides
            p wins b and loses c; D = b − c; it is accepted when D > 0 and D² > z²·(b + c). 0 is
            the paper's rule. Small verification sets are weak tests without it.

    Raises:
        ValueError: z is out of range.
    """

    z: float = 0.0
    independent: ClassVar[bool] = True
    consults: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_number("z", self.z, 0, below=100)

    def judge(self, given: RuleInput) -> Ruling:
        """Evaluate w once and every mixed model p once."""
        if self.z:
            return self._judge_samples(given)
        baseline, correct = baseline_count(given), counts_of(given)
        return Ruling(baseline, [count > baseline for count in correct], correct)

    def _judge_samples(self, given: RuleInput) -> Ruling:
        """The same where it matters which samples are right, and not only how many."""
        before, accepted, correct = baseline_mask(given), list[bool](), list[int]()
        for right in given.scores.masks(each_mixed(given)):
            won, lost = int((right & ~before).sum()), int((before & ~right).sum())
            accepted.append(clearly_more(won, lost, self.z))
            correct.append(int(right.sum()))
        return Ruling(int(before.sum()), accepted, correct)
