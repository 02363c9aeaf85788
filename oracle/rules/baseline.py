"""What an update has to beat: the old model, or the best constant answer where that is better.

So no constant answer is ever accepted by a rule that compares with these, whatever the old model.
"""

from dataclasses import dataclass

import torch

from fedjury.oracle.evaluation.constant_answer import ConstantAnswer
from fedjury.oracle.rules.base import RuleInput
from fedjury.oracle.rules.evaluation import Evaluation


def baseline_count(given: RuleInput) -> int:
    """How many samples the better of the two gets right: the count that is a round's baseline."""
    return max(given.scores.correct(given.current), given.scores.constant.correct)


def baseline_mask(given: RuleInput) -> torch.Tensor:
    """Which samples that one gets right, of equal ones the old model: bool, (samples,)."""
    before, constant = given.scores.correct_mask(given.current), given.scores.constant
    return constant.right if constant.correct > int(before.sum()) else before


def baseline_loss(given: RuleInput) -> int:
    """The summed loss of the one with less; whatever has less than this is no constant answer."""
    return min(given.scores.loss(given.current), given.scores.constant.loss)


@dataclass(frozen=True)
class Baseline:
    """Both at once: what a new model may not be worse than.

    Attributes:
        correct: `baseline_count`.
        loss: `baseline_loss`.
    """

    correct: int
    loss: int

    @classmethod
    def of(cls, before: Evaluation, constant: ConstantAnswer) -> "Baseline":
        """From what is known of the old model and of the best constant answer."""
        return cls(max(before.correct, constant.correct), min(before.loss, constant.loss))

    def allows(self, evaluation: Evaluation) -> bool:
        """Whether a model is no worse, neither in right answers nor in loss."""
        return evaluation.correct >= self.correct and evaluation.loss <= self.loss
