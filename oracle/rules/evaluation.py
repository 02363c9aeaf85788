"""What the verification set says of a model, and when that is worse than of another."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch

from fedjury.oracle.rules.base import Blends, Scores
from fedjury.protocol.tensors import Tensors


@dataclass(frozen=True)
class Evaluation:
    """What the verification set says of one model.

    Attributes:
        losses: of each sample in whole units of 1/`LOSS_UNITS` nat, int64 (samples,).
        count: gives `correct`; few evaluations are asked for it.
    """

    losses: torch.Tensor
    count: Callable[[], int]

    @classmethod
    def of(cls, scores: Scores, weights: Tensors) -> "Evaluation":
        """Evaluate weights."""
        return cls(scores.losses(weights), lambda: scores.correct(weights))

    @classmethod
    def of_blend(
        cls, blends: Blends, weights: Tensors, products: object, share: float
    ) -> "Evaluation":
        """Evaluate a mean of updates mixed with the current model; see `Blends.evaluate`."""
        losses, count = blends.evaluate(weights, products, share)
        return cls(losses.to(torch.int64), count)

    @cached_property
    def correct(self) -> int:
        """Samples classified right."""
        return self.count()

    @cached_property
    def loss(self) -> int:
        """The summed loss in the same units."""
        return int(self.losses.sum())

    def worse_than(self, best: "Evaluation", z: float) -> bool:
        """Whether the loss is higher by more than z standard errors of the difference.

        The difference is taken sample by sample, so what both find hard does not matter.
        """
        difference = self.losses - best.losses
        total = int(difference.sum())
        return total > 0 and exceeds(total, z, difference)


def exceeds(total: int, times: float, values: torch.Tensor) -> bool:
    """Whether a sum is more than so many standard errors of the sum of these values.

    In whole numbers, so that every machine says the same: with the sum s and the sum of squares q
    of n values, the squared standard error of their sum is (n·q − s²) / n.
    """
    count, plain = len(values), int(values.sum())
    squares = int((values * values).sum())
    return count * total**2 > times * times * (count * squares - plain**2)
