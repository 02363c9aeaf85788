"""Answering a question on every sample: by the quickest pass that proves the answer."""

from collections.abc import Callable, Sequence
from typing import Protocol

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

    def take(self, rows: torch.Tensor) -> "Question":
        """The question on some samples, by index."""
        ...


_Way = Callable[[Sequence[Question], torch.Tensor], list[torch.Tensor]]


def answers(
    questions: Sequence[Question], passes: Passes, weights: PassWeights, logits: Logits | None
) -> list[torch.Tensor]:
    """Each question's answers for every sample, (n,).

    Args:
        questions: what is asked.
        passes: ways to the logits.
        weights: of the model.
        logits: what a quick pass found; None where there was none.

    Raises:
        UnknownOperation: the model has an operation without a reference.
    """
    if logits is None:
        return _exactly(questions, passes, weights, torch.arange(len(passes.x)))
    return _settled(questions, logits, lambda asked, rows: _precisely(asked, passes, weights, rows))


def _precisely(
    questions: Sequence[Question], passes: Passes, weights: PassWeights, rows: torch.Tensor
) -> list[torch.Tensor]:
    """Answers for some samples, by float64 or the reference."""
    logits = passes.precise(weights, rows)
    if logits is None:
        return _exactly(questions, passes, weights, rows)
    return _settled(
        questions, logits, lambda asked, left: _exactly(asked, passes, weights, rows[left])
    )


def _exactly(
    questions: Sequence[Question], passes: Passes, weights: PassWeights, rows: torch.Tensor
) -> list[torch.Tensor]:
    """Answers for some samples, by the reference."""
    exact = passes.exact(weights, rows)
    return [question.decide(exact) for question in questions]


def _settled(questions: Sequence[Question], logits: Logits, otherwise: _Way) -> list[torch.Tensor]:
    """What logits prove; samples that leave some question open are asked of in another way."""
    found = [question.settle(logits) for question in questions]
    unproven = [~proven for _, proven in found]
    rows = torch.stack(unproven).any(dim=0).nonzero()[:, 0]
    if len(rows):
        later = otherwise([question.take(rows) for question in questions], rows)
        for (settled, _), each in zip(found, later, strict=True):
            settled[rows] = each
    return [settled for settled, _ in found]
