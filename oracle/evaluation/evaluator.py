"""What the verification samples say of weights: by definition what the reference evaluation finds.

The reference (`fedjury.oracle.evaluation.reference`) has the same bits on every machine, but costs
several times an ordinary pass. So a model that has a plan (`fedjury.oracle.evaluation.fast`) is
evaluated in float32 first, with a proven bound on how far that can be from the reference: what the
bound settles is settled. The rest is evaluated in float64, with a bound too, and what even that
leaves open, real ties above all, by the reference itself. Source: docs/determinism.md.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice

import torch
from torch import nn

from fedjury.data.verification import VerificationSet
from fedjury.errors import UnknownOperation
from fedjury.oracle.aggregation.updates import Updates
from fedjury.oracle.evaluation.answers import answers, any_answers
from fedjury.oracle.evaluation.blending import Blender
from fedjury.oracle.evaluation.constant_answer import ConstantAnswer
from fedjury.oracle.evaluation.exact import Question
from fedjury.oracle.evaluation.fast.first_layer import GROUP
from fedjury.oracle.evaluation.fast.weights import PassWeights
from fedjury.oracle.evaluation.logits import Logits
from fedjury.oracle.evaluation.losses import LossUnits
from fedjury.oracle.evaluation.passes import Passes
from fedjury.oracle.evaluation.raising import ModelRaises
from fedjury.oracle.evaluation.right_answers import RightAnswers
from fedjury.protocol.tensors import Tensors

# The old model was the new one a round before, and rules look at some weights twice.
_REMEMBERED = 64
_GROUP_BYTES = 2**27  # of models that are evaluated at once, if there is more than one
_RIGHT, _LOSSES = "right", "losses"


@dataclass(frozen=True)
class _Found:
    """What was found of some weights.

    Attributes:
        answers: of a question, by its name, for every label that counts: (samples,).
        raised: what the module raises with the weights; None where it does not.
    """

    answers: dict[str, torch.Tensor]
    raised: str | None = None


@dataclass(frozen=True)
class Evaluator:
    """What the verification samples say of weights (`fedjury.oracle.rules.base.Scores`).

    Weights with which the module raises have no right answer, and the cap as every loss.

    Attributes:
        model: the spec's module with the state that its task began with; it is put into
            evaluation mode. Where it raises with that state too, evaluating is a `ModelError`.
        verification: the private samples.
        batch_size: samples at a time; no result depends on it.
        by_reference: whether all samples are evaluated by the reference, and nothing is proven;
            no result depends on it either.
        alone: whether nobody else has to find the same. Then plain float64 stands in where the
            model has an operation without a reference; else such a model is an error.
    """

    model: nn.Module
    verification: VerificationSet
    batch_size: int = 2048
    by_reference: bool = False
    alone: bool = False

    @cached_property
    def samples(self) -> int:
        """How many labels count: one a sample, or one for each position of a sequence."""
        return len(self.verification.samples.labels)

    @cached_property
    def constant(self) -> ConstantAnswer:
        """What is got by saying the same of every sample."""
        return ConstantAnswer.of(self.verification.samples.labels)

    def correct(self, weights: Tensors) -> int:
        """How many labels the weights find right; 0 to `samples`."""
        return int(self._remembered(_RIGHT, weights).sum())

    def correct_mask(self, weights: Tensors) -> torch.Tensor:
        """Which labels the weights find right: bool, (samples,)."""
        return self._remembered(_RIGHT, weights).clone()

    def losses(self, weights: Tensors) -> torch.Tensor:
        """Cross entropy of each label in units of 1/`LOSS_UNITS` nat, at most 16 nats: int64."""
        return self._remembered(_LOSSES, weights).to(torch.int64)

    def loss(self, weights: Tensors) -> int:
        """The sum of `losses`."""
        return int(self.losses(weights).sum())

    def counts(self, many: Iterable[Tensors]) -> list[int]:
        """`correct` of several weights; faster than one by one where a linear layer comes first."""
        return [int(right.sum()) for right in self.masks(many)]

    def masks(self, many: Iterable[Tensors]) -> Iterator[torch.Tensor]:
        """`correct_mask` of several weights; faster than one by one as `counts` is."""
        if self._passes.plan is None:
            yield from map(self.correct_mask, many)
            return
        left = iter(many)
        while group := [self._passes.weights(weights) for weights in _first_few(left)]:
            yield from self._masks_of(group)
            group.clear()  # before the next ones are made

    def _masks_of(self, group: Sequence[PassWeights]) -> Iterator[torch.Tensor]:
        together = self._passes.quick_many(group)
        for place, weights in enumerate(group):
            logits = together[place] if together else self._passes.quick(weights)
            (right,) = any_answers([self._questions[_RIGHT]], self._passes, weights, logits)
            yield right

    def tried(self, many: Iterable[Tensors]) -> list[int | str] | None:
        """`correct` of several weights, or what the model raises with them.

        Returns:
            None where the model is known to raise with no weights, at no cost: it has a plan.
        """
        if self._passes.plan is not None:
            return None
        found = map(partial(self._look_up, _RIGHT), many)
        return [each.raised or int(each.answers[_RIGHT].sum()) for each in found]

    @property
    def raises_never(self) -> bool:
        """Whether the model is known to raise with no weights."""
        return self._passes.plan is not None

    def blends(self, current: Tensors, updates: Updates) -> Blender:
        """What evaluates means of a round's updates mixed with the current model."""
        losses, right = self._questions[_LOSSES], self._questions[_RIGHT]
        return Blender.of(self._passes, losses, right, current, updates)

    def require_definition(self) -> None:
        """Make sure that others would find the same.

        Raises:
            UnknownOperation: the model has an operation without a reference.
        """
        if self.undefined:
            raise UnknownOperation(self.undefined)

    @property
    def undefined(self) -> str | None:
        """The first operation without a reference in the model with its own state; None where it
        has none. What other weights lead to is a matter of their own."""
        return self._passes.undefined

    def _remembered(self, what: str, weights: Tensors) -> torch.Tensor:
        return self._look_up(what, weights).answers[what]

    def _look_up(self, what: str, weights: Tensors) -> _Found:
        """What is known of weights, once it holds the answers to this question."""
        key = _key(weights)
        known = self._found.get(key, _Found({}))
        if what not in known.answers:
            found = self._ask(what, weights, key)
            self._found[key] = _Found({**known.answers, **found.answers}, found.raised)
            if len(self._found) > _REMEMBERED:
                del self._found[next(iter(self._found))]
        return self._found[key]

    def _ask(self, what: str, weights: Tensors, key: bytes) -> _Found:
        """Answers to a question; to all where only the reference answers, which takes long."""
        prepared = self._passes.weights(weights)
        logits = self._look(prepared, key, finely=what == _LOSSES)
        asked = [what] if logits is not None else list(self._questions)
        questions = [self._questions[each] for each in asked]
        try:
            found, raised = answers(questions, self._passes, prepared, logits), None
        except ModelRaises as error:
            found, raised = [question.without_logits() for question in questions], str(error)
        return _Found(dict(zip(asked, found, strict=True)), raised)

    def _look(self, weights: PassWeights, key: bytes, finely: bool) -> Logits | None:
        """The quick pass; kept for another question on the same weights."""
        if key not in self._latest:
            logits = self._passes.quick(weights, finely)
            self._latest.clear()
            self._latest[key] = logits
        return self._latest[key]

    @cached_property
    def _found(self) -> dict[bytes, _Found]:
        """Right answers and losses of the newest weights."""
        return {}

    @cached_property
    def _latest(self) -> dict[bytes, Logits | None]:
        """What was seen of the very newest weights."""
        return {}

    @cached_property
    def _passes(self) -> Passes:
        samples = self.verification.samples
        return Passes(self.model, samples, self.batch_size, not self.by_reference, self.alone)

    @cached_property
    def _questions(self) -> dict[str, Question]:
        labels = self.verification.samples.labels
        return {_RIGHT: RightAnswers(labels), _LOSSES: LossUnits.of(labels)}


def _first_few(models: Iterator[Tensors]) -> Iterator[Tensors]:
    """As many of the next models as may be evaluated at once; at least one, if there is one."""
    taken = 0
    for weights in islice(models, GROUP):
        size = sum(tensor.nbytes for tensor in weights.values())
        taken += size
        yield weights
        if taken + size > _GROUP_BYTES:
            return


def _key(weights: Tensors) -> bytes:
    digest = hashlib.sha256()
    for name in sorted(weights):
        tensor = weights[name].detach().contiguous()
        digest.update(f"{len(name)}:{name}{tensor.dtype}{tuple(tensor.shape)}".encode())
        digest.update(tensor.reshape(-1).numpy().data)
    return digest.digest()
