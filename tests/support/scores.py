"""Scores that follow from the weights alone, for rules under test."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import torch

from fedjury.oracle.aggregation.updates import Updates
from fedjury.oracle.rules.plain_blends import PlainBlends
from fedjury.protocol.tensors import Tensors


@dataclass
class MadeUpScores:
    """`fedjury.oracle.rules.base.Scores` from plain functions of the weights.

    Attributes:
        count: gives `correct`.
        each: gives `losses`, int64; one number where all samples have the same loss.
        samples: how many there are said to be.
        counted: the weights that `correct` was asked for, in order.
        evaluated: the same of `losses`.
    """

    count: Callable[[Tensors], int]
    each: Callable[[Tensors], torch.Tensor] = lambda _: torch.tensor(0)
    samples: int = 1000
    counted: list[Tensors] = field(default_factory=list)
    evaluated: list[Tensors] = field(default_factory=list)

    def correct(self, weights: Tensors) -> int:
        self.counted.append(weights)
        return self.count(weights)

    def correct_mask(self, weights: Tensors) -> torch.Tensor:
        return torch.arange(self.samples) < self.count(weights)

    def losses(self, weights: Tensors) -> torch.Tensor:
        self.evaluated.append(weights)
        return self.each(weights).expand(self.samples)

    def loss(self, weights: Tensors) -> int:
        return int(self.losses(weights).sum())

    def counts(self, many: Iterable[Tensors]) -> list[int]:
        return [self.correct(weights) for weights in many]

    def tried(self, many: Iterable[Tensors]) -> list[int | str] | None:
        return None

    def blends(self, current: Tensors, updates: Updates) -> PlainBlends:
        return PlainBlends(self)
