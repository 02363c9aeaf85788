"""Answering a question on every label: by the quickest pass that proves the answer."""

from collections.abc import Callable, Sequence

import torch

from fedjury.oracle.evaluation.exact import Question
from fedjury.oracle.evaluation.fast.weights import PassWeights
from fedjury.oracle.evaluation.logits import Logits
from fedjury.oracle.evaluation.passes import Passes
from fedjury.oracle.evaluation.raising import ModelRaises

_Way = Callable[[Sequence[Question], torch.Tensor], list[torch.Tensor]]


def answers(
    questions: Sequence[Question], passes: Passes, weights: PassWeights, logits: Logits | None
) -> list[torch.Tensor]:
    """Each question's answers for every label that counts, (m,).

    Args:
        questions: what is asked.
        passes: ways to the logits.
        weights: of the model.
        logits: what a quick pass found; None where there was none.

    Raises:
        ModelRaises, ModelError, UnknownOperation, OutOfMemory: as `ExactAnswers.answers`.
    """
    if logits is None:
        return passes.exact(questions, weights)
    return _settled(questions, logits, lambda asked, rows: _precisely(asked, passes, weights, rows))


def any_answers(
    questions: Sequence[Question], passes: Passes, weights: PassWeights, logits: Logits | None
) -> list[torch.Tensor]:
    """`answers`, or those for weights with which the model raises.

    Raises:
        ModelError, UnknownOperation, OutOfMemory: as `answers`.
    """
    try:
        return answers(questions, passes, weights, logits)
    except ModelRaises:
        return [question.without_logits() for question in questions]


def _precisely(
    questions: Sequence[Question], passes: Passes, weights: PassWeights, rows: torch.Tensor
) -> list[torch.Tensor]:
    """Answers for some samples, by float64 or the reference."""
    logits = passes.precise(weights, rows)
    if logits is None:
        return passes.exact(questions, weights, rows)
    return _settled(questions, logits, lambda asked, left: passes.exact(asked, weights, rows[left]))


def _settled(questions: Sequence[Question], logits: Logits, otherwise: _Way) -> list[torch.Tensor]:
    """What logits prove; labels that leave some question open are asked of in another way."""
    found = [question.settle(logits) for question in questions]
    unproven = [~proven for _, proven in found]
    rows = torch.stack(unproven).any(dim=0).nonzero()[:, 0]
    if len(rows):
        later = otherwise([question.take(rows) for question in questions], rows)
        for (settled, _), each in zip(found, later, strict=True):
            settled[rows] = each
    return [settled for settled, _ in found]
