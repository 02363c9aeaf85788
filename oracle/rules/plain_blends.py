"""Blends of scores that keep nothing from one mean to the next."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from fedjury.oracle.rules.base import Scores
from fedjury.protocol.tensors import Tensors


@dataclass(frozen=True)
class PlainBlends:
    """`fedjury.oracle.rules.base.Blends` that evaluates each mean by itself.

    Attributes:
        scores: what the samples say of any weights.
    """

    scores: Scores
    nothing: None = None

    def plus(self, products: None, index: int) -> None:
        """Nothing is kept."""

    def minus(self, products: None, index: int) -> None:
        """Nothing is kept."""

    def evaluate(
        self, weights: Tensors, products: None, share: float
    ) -> tuple[torch.Tensor, Callable[[], int]]:
        """Losses of each sample, and what counts the right ones."""
        return self.scores.losses(weights), lambda: self.scores.correct(weights)
