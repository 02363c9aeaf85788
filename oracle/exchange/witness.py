"""Who judges sees which samples are right; who does not cannot say it.

A witness stands between a rule and the verification samples, has every update's
p = λ·w + (1−λ)·r evaluated, whatever the rule, and hashes which samples are right. The hash is
what a juror's MAC rests on (`fedjury.protocol.statements.mac`).
"""

import hashlib
from collections.abc import Iterable, Iterator

import numpy as np
import torch

from fedjury.oracle.aggregation.updates import Updates
from fedjury.oracle.evaluation.constant_answer import ConstantAnswer
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.rules.base import Blends
from fedjury.protocol.tensors import Tensors


class Witness:
    """What the samples say of weights (`fedjury.oracle.rules.base.Scores`), with a hash of it.

    Judging asks for every p by `tried`, in the round's order, and then for the new model.

    Args:
        evaluator: says it.
    """

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._seen = hashlib.sha256()

    def hash(self, current: Tensors, model: Tensors) -> bytes:
        """Which samples were right, 32 bytes.

        Args:
            current: the global model w.
            model: the new one; w where that stays.
        """
        seen = self._seen.copy()
        for weights in (current, model):
            seen.update(_packed(self._evaluator.correct_mask(weights)))
        return seen.digest()

    def tried(self, many: Iterable[Tensors]) -> list[int | str]:
        """As `Scores.tried`; never None, so that all is evaluated."""
        found = []
        for mask, count in self._each(many):
            self._seen.update(_packed(mask))
            found.append(count)
        return found

    def _each(self, many: Iterable[Tensors]) -> Iterator[tuple[torch.Tensor, int | str]]:
        if self._evaluator.raises_never:
            for mask in self._evaluator.masks(many):
                yield mask, int(mask.sum())
            return
        for weights in many:
            (count,) = self._evaluator.tried([weights]) or [0]
            yield self._evaluator.correct_mask(weights), count

    # --- the rest is the evaluator's ---

    @property
    def samples(self) -> int:
        return self._evaluator.samples

    @property
    def constant(self) -> ConstantAnswer:
        return self._evaluator.constant

    def correct(self, weights: Tensors) -> int:
        return self._evaluator.correct(weights)

    def correct_mask(self, weights: Tensors) -> torch.Tensor:
        return self._evaluator.correct_mask(weights)

    def losses(self, weights: Tensors) -> torch.Tensor:
        return self._evaluator.losses(weights)

    def loss(self, weights: Tensors) -> int:
        return self._evaluator.loss(weights)

    def counts(self, many: Iterable[Tensors]) -> list[int]:
        return self._evaluator.counts(many)

    def masks(self, many: Iterable[Tensors]) -> Iterator[torch.Tensor]:
        return self._evaluator.masks(many)

    def blends(self, current: Tensors, updates: Updates) -> Blends:
        return self._evaluator.blends(current, updates)


def _packed(mask: torch.Tensor) -> bytes:
    """A mask's bits, behind how many there are."""
    return len(mask).to_bytes(8, "big") + np.packbits(mask.numpy()).tobytes()
