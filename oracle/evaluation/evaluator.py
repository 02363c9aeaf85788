"""What the verification samples say of weights: by definition what the reference evaluation finds.

The reference (`fedjury.oracle.evaluation.reference`) has the same bits on every machine, but costs
several times an ordinary pass. So a model that has a plan (`fedjury.oracle.evaluation.fast`) is
evaluated in float32 first, with a proven bound on how far that can be from the reference: what the
bound settles is settled. The rest is evaluated in float64, with a bound too, and what even that
leaves open, real ties above all, by the reference itself. Source: docs/determinism.md.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import torch
from torch import nn

from fedjury.data.verification import VerificationSet
from fedjury.errors import UnknownOperation
from fedjury.oracle.aggregation.updates import Updates
from fedjury.oracle.evaluation.answers import Question, answers
from fedjury.oracle.evaluation.blending import Blender
from fedjury.oracle.evaluation.definition import undefined_operation
from fedjury.oracle.evaluation.fast.first_layer import GROUP
from fedjury.oracle.evaluation.fast.weights import PassWeights
from fedjury.oracle.evaluation.logits import Logits
from fedjury.oracle.evaluation.losses import LossUnits
from fedjury.oracle.evaluation.passes import Passes
from fedjury.oracle.evaluation.right_answers import RightAnswers
from fedjury.protocol.tensors import Tensors
from fedjury.task.state import weights_of

# The old model was the new one a round before, and rules look at some weights twice.
_REMEMBERED = 64


@dataclass(frozen=True)
class Evaluator:
    """What the verification samples say of weights (`fedjury.oracle.rules.base.Scores`).

    Attributes:
        model: the spec's module; it is put into evaluation mode.
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

    @property
    def samples(self) -> int:
        """Size of the verification set."""
        return len(self.verification)

    def correct(self, weights: Tensors) -> int:
        """How many verification samples the weights classify right; 0 to `samples`."""
        return int(self._remembered("right", weights, self._right).sum())

    def correct_mask(self, weights: Tensors) -> torch.Tensor:
        """Which verification samples the weights classify right: bool, (samples,)."""
        return self._remembered("right", weights, self._right).clone()

    def losses(self, weights: Tensors) -> torch.Tensor:
        """Cross entropy of each sample in units of 1/`LOSS_UNITS` nat, at most 16 nats: int64."""
        return self._remembered("losses", weights, self._losses).to(torch.int64)

    def loss(self, weights: Tensors) -> int:
        """The sum of `losses`."""
        return int(self.losses(weights).sum())

    def counts(self, many: Iterable[Tensors]) -> list[int]:
        """`correct` of several weights; faster than one by one where a linear layer comes first."""
        left, found = iter(many), list[int]()
        while group := [PassWeights.of(weights) for weights in islice(left, GROUP)]:
            together = self._passes.quick_many(group)
            for place, weights in enumerate(group):
                logits = together[place] if together else self._passes.quick(weights)
                (right,) = answers([self._right], self._passes, weights, logits)
                found.append(int(right.sum()))
        return found

    def blends(self, current: Tensors, updates: Updates) -> Blender:
        """What evaluates means of a round's updates mixed with the current model."""
        return Blender.of(self._passes, self._losses, self._right, current, updates)

    def require_definition(self) -> None:
        """Make sure that others would find the same.

        Raises:
            UnknownOperation: the model has an operation without a reference.
        """
        if self.undefined:
            raise UnknownOperation(self.undefined)

    @cached_property
    def undefined(self) -> str | None:
        """The model's first operation without a reference; None where it has none."""
        weights = weights_of(self.model)
        return undefined_operation(self.model, weights, self.verification.samples)

    def _remembered(self, what: str, weights: Tensors, question: Question) -> torch.Tensor:
        key = what, _key(weights)
        if key not in self._found:
            prepared = PassWeights.of(weights)
            logits = self._look(prepared, key[1], finely=question is self._losses)
            (self._found[key],) = answers([question], self._passes, prepared, logits)
            if len(self._found) > _REMEMBERED:
                del self._found[next(iter(self._found))]
        return self._found[key]

    def _look(self, weights: PassWeights, key: bytes, finely: bool) -> Logits | None:
        """The quick pass; kept for another question on the same weights."""
        if key not in self._latest:
            logits = self._passes.quick(weights, finely)
            self._latest.clear()
            self._latest[key] = logits
        return self._latest[key]

    @cached_property
    def _found(self) -> dict[tuple[str, bytes], torch.Tensor]:
        """Right answers and losses of the newest weights."""
        return {}

    @cached_property
    def _latest(self) -> dict[bytes, Logits | None]:
        """What was seen of the very newest weights."""
        return {}

    @cached_property
    def _passes(self) -> Passes:
        x = self.verification.samples.x
        return Passes(self.model, x, self.batch_size, not self.by_reference, self.alone)

    @cached_property
    def _right(self) -> RightAnswers:
        return RightAnswers(self.verification.samples.y)

    @cached_property
    def _losses(self) -> LossUnits:
        return LossUnits.of(self.verification.samples.y)


def _key(weights: Tensors) -> bytes:
    digest = hashlib.sha256()
    for name in sorted(weights):
        tensor = weights[name].detach().contiguous()
        digest.update(f"{len(name)}:{name}{tensor.dtype}{tuple(tensor.shape)}".encode())
        digest.update(tensor.numpy().tobytes())
    return digest.digest()
