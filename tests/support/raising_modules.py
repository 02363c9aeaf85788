"""Modules that raise with some weights, or do something else that leaves them without logits."""

from collections.abc import Callable

import torch
from torch import nn

# The classes that modules here tell apart.
CLASSES = 3


class Fragile(nn.Module):
    """Logits that are the weight matrix times the input, until something breaks.

    Args:
        breaks: whether it does, of the weight matrix and the samples.
        then: what is done with samples instead.
    """

    def __init__(
        self,
        breaks: Callable[[torch.Tensor, torch.Tensor], bool],
        then: Callable[[torch.Tensor], object],
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.eye(CLASSES))
        self._breaks, self._then = breaks, then

    def forward(self, x: torch.Tensor) -> object:
        if self._breaks(self.weight, x):
            return self._then(x)
        return x @ self.weight.t()


def negative(weight: torch.Tensor, x: torch.Tensor) -> bool:
    """Whether there is a negative weight."""
    return bool((weight < 0).any())


def fail(x: torch.Tensor) -> object:
    """What most modules do."""
    raise ValueError("a negative weight")


def fragile() -> nn.Module:
    """Raises where a weight is negative."""
    return Fragile(negative, fail)


def fragile_between() -> nn.Module:
    """Raises where the first weight is above 0.4 and below 0.6, or a weight is negative."""

    def breaks(weight: torch.Tensor, x: torch.Tensor) -> bool:
        return negative(weight, x) or 0.4 < float(weight[0, 0]) < 0.6

    return Fragile(breaks, fail)
