"""Answering a question on every sample: by the quickest pass that proves the answer."""

from typing import Protocol, Self

import torch

from fedjury.oracle.evaluation.fast.weights import PassWeights
from fedjury.oracle.evaluation.logits import Logits
from fedjury.oracle.evaluation.passes import Passes


class Question(Protocol):
    """Something that is asked of every sample's logits."""

    def settle(self, logits: Logits) -> tuple[torch.Tensor, torch.Tensor]:
        """Answers, and for which samples the logits prove them whatever their error."""
        ...

    def decide(self, exact: torch.Tensor) -> torch.Tensor:
        """Answers by the reference's logits."""
        ...

    def take(self, rows: torch.Tensor) -> Self:
        """The question on some samples, by index."""
        ...


def answer(
    question: Question, passes: Passes, weights: PassWeights, logits: Logits | None
) -> torch.Tensor:
    """The answer for every sample, (n,).

    Args:
        question: what is asked.
        passes: ways to the logits.
        weights: of the model.
        logits: what a quick pass found; None where there was none.

    Raises:
        UnknownOperation: the model has an operation without a reference.
    """
    everything = torch.arange(len(passes.x))
    if logits is None:
        return question.decide(passes.exact(weights, everything))
    answers, proven = question.settle(logits)
    left = (~proven).nonzero()[:, 0]
    if len(left):
        answers[left] = _precisely(question.take(left), passes, weights, left)
    return answers


def _precisely(
    question: Question, passes: Passes, weights: PassWeights, rows: torch.Tensor
) -> torch.Tensor:
    """Answers for some samples, by float64 or the reference."""
    logits = passes.precise(weights, rows)
    if logits is None:
        return question.decide(passes.exact(weights, rows))
    answers, proven = question.settle(logits)
    left = (~proven).nonzero()[:, 0]
    if len(left):
        answers[left] = question.take(left).decide(passes.exact(weights, rows[left]))
    return answers
