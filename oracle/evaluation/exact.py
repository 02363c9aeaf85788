"""Answers by the reference's logits, chunk by chunk, and what becomes of a module that raises.

A module that raises with some weights has no logits for any sample. It does so everywhere, since
the reference's bits are the same everywhere. Where it raises with its own state too, which is the
one that its task began with, nobody can use it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import torch
from torch import nn

from fedjury.data.dataset import Samples, rows_of
from fedjury.errors import ModelError, UnknownOperation
from fedjury.oracle.evaluation.logits import Logits
from fedjury.oracle.evaluation.plain import plain_logits
from fedjury.oracle.evaluation.raising import ModelRaises, told
from fedjury.oracle.evaluation.reference.evaluation import reference_parts
from fedjury.protocol.tensors import Tensors
from fedjury.runtime.monitoring.pulse import PULSE


class Question(Protocol):
    """Something that is asked of the logits of every label that counts."""

    def settle(self, logits: Logits) -> tuple[torch.Tensor, torch.Tensor]:
        """Answers, and for which labels the logits prove them whatever their error."""
        ...

    def decide(self, exact: torch.Tensor) -> torch.Tensor:
        """Answers by the reference's logits."""
        ...

    def without_logits(self) -> torch.Tensor:
        """Answers where the module raises."""
        ...

    def take(self, rows: torch.Tensor) -> "Question":
        """The question on some labels, by index."""
        ...


@dataclass(frozen=True)
class _Own:
    """What comes of evaluating a module with its own state.

    Attributes:
        undefined: the first operation without a definition; None where all have one.
        raised: what it raises all the same; None where it does not.
    """

    undefined: str | None
    raised: str | None


@dataclass(frozen=True)
class ExactAnswers:
    """Answers by the reference, for one module and one set of samples.

    Attributes:
        model: is put into evaluation mode; its state is that of its task's beginning.
        samples: inputs without denormal numbers.
        batch_size: samples at a time in plain float64.
        alone: whether plain float64 may stand in for a reference that there is not.
    """

    model: nn.Module
    samples: Samples
    batch_size: int
    alone: bool

    def answers(
        self, questions: Sequence[Question], weights: Tensors, rows: torch.Tensor | None = None
    ) -> list[torch.Tensor]:
        """Each question's answers.

        Args:
            questions: about the labels of the samples.
            weights: of the model.
            rows: which samples, by index; None for all.

        Raises:
            ModelRaises: the module raises with these weights, though not with its own state.
            ModelError: it raises with that as well.
            UnknownOperation: an operation without a definition is there with that as well.
            OutOfMemory: there is no memory left.
        """
        try:
            return self._answers(questions, weights, rows)
        except ModelRaises as raised:
            if self._own.raised is None:
                raise
            raise ModelError(
                f"the model ({type(self.model).__name__}) raises on the verification samples even "
                f"with the weights that its task began with: {self._own.raised}"
            ) from raised

    @property
    def undefined(self) -> str | None:
        """The first operation that has no definition when the module is evaluated with its own
        state, on all samples; None where there is none."""
        return self._own.undefined

    @cached_property
    def _own(self) -> _Own:
        undefined = None
        try:
            try:
                _decided((), self._reference({}, None))
            except UnknownOperation as unknown:
                undefined = unknown.operation
                if self.alone:
                    _decided((), self._plainly({}, None))
        except ModelRaises as raised:
            return _Own(undefined, str(raised))
        return _Own(undefined, None)

    def _answers(
        self, questions: Sequence[Question], weights: Tensors, rows: torch.Tensor | None
    ) -> list[torch.Tensor]:
        try:
            return _decided(questions, self._reference(weights, rows))
        except UnknownOperation as unknown:
            if self._own.undefined is None:
                raise ModelRaises(str(unknown)) from unknown
            if not self.alone:
                raise
        return _decided(questions, self._plainly(weights, rows))

    def _reference(self, weights: Tensors, rows: torch.Tensor | None) -> Iterator[torch.Tensor]:
        """The reference's logits of the labels that count, (labels, classes), part by part."""
        x, y, start = *self._taken(rows), 0
        with told():
            for logits in reference_parts(self.model.eval(), weights, x):
                labels = y[start : start + len(logits)]
                yield rows_of(logits, labels, self.samples.padding)
                start += len(logits)

    def _plainly(self, weights: Tensors, rows: torch.Tensor | None) -> Iterator[torch.Tensor]:
        """The same in plain float64 as torch has it, which may differ between machines."""
        parts = (torch.split(each, self.batch_size) for each in self._taken(rows))
        with told():
            for x, y in zip(*parts, strict=True):
                logits = plain_logits(self.model.eval(), weights, x)
                yield rows_of(logits, y, self.samples.padding)

    def _taken(self, rows: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor]:
        samples = self.samples
        return (samples.x, samples.y) if rows is None else (samples.x[rows], samples.y[rows])


def _decided(questions: Sequence[Question], parts: Iterator[torch.Tensor]) -> list[torch.Tensor]:
    """Each question's answers by logits that come part by part."""
    found, start = [list[torch.Tensor]() for _ in questions], 0
    for exact in parts:
        PULSE.beat()  # the reference takes long
        rows = torch.arange(start, start + len(exact))
        for answers, question in zip(found, questions, strict=True):
            answers.append(question.take(rows).decide(exact))
        start += len(exact)
    return [torch.cat(answers) for answers in found]
