"""Whether a sample is classified right: the largest logit, of several the lowest class."""

from dataclasses import dataclass

import torch

from fedjury.oracle.evaluation.fast.arithmetic import SLACK
from fedjury.oracle.evaluation.logits import Logits


def labels_within(y: torch.Tensor, classes: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Labels that index logits, and which samples have one that does.

    A label that the model has no logit for is never right, and its loss is the cap.

    Args:
        y: labels, int64 (n,).
        classes: how many logits there are.

    Returns:
        int64 (n, 1), and bool (n,).
    """
    labels = y.clamp(0, classes - 1)
    return labels[:, None], labels == y


@dataclass(frozen=True)
class RightAnswers:
    """Which samples are right.

    Attributes:
        y: labels, int64 (n,).
    """

    y: torch.Tensor

    def settle(self, logits: Logits) -> tuple[torch.Tensor, torch.Tensor]:
        """What logits prove.

        Args:
            logits: of all n samples.

        Returns:
            Whether each sample is right, bool (n,); and for which samples that is proven, bool
            (n,): the lead of the label's logit is larger than it can be off, and no infinite one.
        """
        values = logits.values
        labels, known = labels_within(self.y, values.shape[1])
        own = values.gather(1, labels)[:, 0]
        others = values.scatter(1, labels, -torch.inf).amax(dim=1)
        lead, reach = (own - others).double(), logits.apart * SLACK
        right = (lead > reach) & own.isfinite() & known
        return right, right | (lead < -reach) | ~known

    def decide(self, exact: torch.Tensor) -> torch.Tensor:
        """By the reference: bool (n,). A sample with a logit that is no number or +∞ is wrong.

        Args:
            exact: the reference's logits, float64 (n, classes).
        """
        largest = exact.amax(dim=1, keepdim=True)
        classes = torch.arange(exact.shape[1])
        first = torch.where(exact == largest, classes, exact.shape[1]).amin(dim=1)
        return (first == self.y) & largest[:, 0].isfinite()

    def without_logits(self) -> torch.Tensor:
        """None is right: bool (n,)."""
        return torch.zeros(len(self.y), dtype=torch.bool)

    def take(self, rows: torch.Tensor) -> "RightAnswers":
        """Those of some samples, by index."""
        return RightAnswers(self.y[rows])
