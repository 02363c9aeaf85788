"""Scores that follow from the weights alone, for rules under test."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import torch

from fedjury.oracle.aggregation.updates import Updates
from fedjury.oracle.evaluation.constant_answer import ConstantAnswer
from fedjury.oracle.rules.plain_blends import PlainBlends
from fedjury.protocol.tensors import Tensors


def made_up_constant(correct: int, loss: int, samples: int = 1000) -> ConstantAnswer:
    """A best constant answer that gets the first few samples right."""
    return ConstantAnswer(torch.arange(samples) < correct, correct, loss)


@dataclass
class MadeUpScores:
    """`fedjury.oracle.rules.base.Scores` from plain functions of the weights.

    Attributes:
        count: gives `correct`.
        each: gives `losses`, int64; one number where all samples have the same loss.
        samples: how many there are said to be.
        counted: the weights that `correct` was asked for, in order.
        evaluated: the same of `losses`.
        constant: the best constant answer; by default one that is never better.
    """

    count: Callable[[Tensors], int]
    each: Callable[[Tensors], torch.Tensor] = lambda _: torch.tensor(0)
    samples: int = 1000
    counted: list[Tensors] = field(default_factory=list)
    evaluated: list[Tensors] = field(default_factory=list)
    constant: ConstantAnswer = field(default_factory=lambda: made_up_constant(0, 10**12))

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

    def masks(self, many: Iterable[Tensors]) -> Iterator[torch.Tensor]:
        return map(self.correct_mask, many)

    def tried(self, many: Iterable[Tensors]) -> list[int | str] | None:
        return None

    def blends(self, current: Tensors, updates: Updates) -> PlainBlends:
        return PlainBlends(self)
