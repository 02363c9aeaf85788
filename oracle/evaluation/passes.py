"""The three ways to a model's logits: a quick pass, a precise one, and the reference."""

from collections.abc import Sequence
from functools import cache, cached_property

import torch
from torch import nn
from torch.func import functional_call

from fedjury.errors import UnknownOperation
from fedjury.oracle.evaluation.fast.arithmetic import FLOAT32, FLOAT32_FINE, FLOAT64, Arithmetic
from fedjury.oracle.evaluation.fast.first_layer import SampleMatrix
from fedjury.oracle.evaluation.fast.linear import Linear
from fedjury.oracle.evaluation.fast.plan import Plan
from fedjury.oracle.evaluation.fast.recording import record
from fedjury.oracle.evaluation.fast.settings import float32_is_whole, plain_products
from fedjury.oracle.evaluation.fast.weights import PassWeights, without_denormals
from fedjury.oracle.evaluation.logits import Logits
from fedjury.oracle.evaluation.reference.evaluation import reference_logits

# Samples that a plan is recorded with, and held against the reference on.
_TRIED = 3


class Passes:
    """One model's logits of one set of samples.

    Args:
        model: is put into evaluation mode whenever it is evaluated.
        x: the samples, (n, ...), float32 and finite, or whole numbers.
        batch_size: samples at a time; no result depends on it.
        planned: whether to look for a plan.
        alone: whether plain float64 may stand in for a reference that there is not.
    """

    def __init__(
        self,
        model: nn.Module,
        x: torch.Tensor,
        batch_size: int,
        planned: bool = True,
        alone: bool = False,
    ) -> None:
        self.x = without_denormals(x) if x.is_floating_point() else x
        self._model, self._batch_size, self._alone = model, batch_size, alone
        self._recorded: list[Plan | None] = [] if planned else [None]

    def quick(self, weights: PassWeights, finely: bool = False) -> Logits | None:
        """float32 logits of all samples; None where the model has no plan.

        Args:
            weights: of the model.
            finely: whether smaller bounds are worth a little more time, as they are for losses.
        """
        arithmetic = FLOAT32_FINE if finely else FLOAT32
        if (together := self.quick_many([weights], arithmetic)) is not None:
            return together[0]
        plan = self.plan(weights)
        if plan is None or not _float32_is_whole():
            return None
        return self._pass(plan, self.x, weights, arithmetic)

    def precise(self, weights: PassWeights, rows: torch.Tensor) -> Logits | None:
        """float64 logits of some samples, by index; None where the model has no plan."""
        plan = self.plan(weights)
        return None if plan is None else self._pass(plan, self.x[rows], weights, FLOAT64)

    def exact(self, weights: PassWeights, rows: torch.Tensor) -> torch.Tensor:
        """The reference's logits of some samples, by index: float64 (rows, classes).

        Raises:
            UnknownOperation: the model has an operation without a reference.
        """
        try:
            return reference_logits(self._model.eval(), weights.tensors, self.x[rows])
        except UnknownOperation:
            if not self._alone:
                raise
            return self._plainly(weights, rows)

    def linear_start(self, weights: PassWeights) -> tuple[Plan, Linear] | None:
        """The plan and its first layer, where that is linear and float32 can be trusted with it."""
        plan = self.plan(weights)
        if plan is None or plan.first_linear is None or not _float32_is_whole():
            return None
        return plan, plan.first_linear

    def quick_many(
        self, many: Sequence[PassWeights], arithmetic: Arithmetic = FLOAT32
    ) -> list[Logits] | None:
        """`quick` of several models in one wide product; None without a linear start."""
        start = self.linear_start(many[0])
        if start is None:
            return None
        (plan, linear), parts = start, [list[Logits]() for _ in many]
        with torch.no_grad(), plain_products():
            matrices = [weights.typed(linear.weight, torch.float32) for weights in many]
            for part, products in self.matrix.products(matrices, arithmetic):
                norms = self.matrix.norms[part]
                for found, each, weights in zip(parts, products, many, strict=True):
                    first = linear.approximate(each, norms, weights, arithmetic)
                    found.append(Logits.of(plan.after_first(first, weights, arithmetic)))
        return [Logits.joined(found) for found in parts]

    @cached_property
    def matrix(self) -> SampleMatrix:
        """The samples as rows of a matrix."""
        return SampleMatrix.of(self.x)

    def plan(self, weights: PassWeights) -> Plan | None:
        """The model's plan, found with the first weights that come; None where it has none."""
        if not self._recorded:
            self._recorded.append(self._record(weights))
        return self._recorded[0]

    def _plainly(self, weights: PassWeights, rows: torch.Tensor) -> torch.Tensor:
        """float64 logits as torch has them, which may differ between machines."""
        exact = {name: tensor.double() for name, tensor in weights.tensors.items()}
        found = []
        with torch.no_grad():
            for part in torch.split(self.x[rows], self._batch_size):
                whole = part.double() if part.is_floating_point() else part
                found.append(functional_call(self._model, exact, (whole,)).double())
        return torch.cat(found)

    def _record(self, weights: PassWeights) -> Plan | None:
        """The plan, where it holds on a few samples."""
        if not self.x.is_floating_point():
            return None
        some = torch.cat([self.x] * _TRIED)[:_TRIED] if len(self.x) < _TRIED else self.x[:_TRIED]
        plan = record(self._model.eval(), weights.tensors, some)
        if plan is None:
            return None
        found = self._pass(plan, some, weights, FLOAT64)
        off = found.values - reference_logits(self._model, weights.tensors, some)
        apart = off.amax(dim=1) - off.amin(dim=1)
        return None if bool((apart > found.apart).any()) else plan

    def _pass(
        self, plan: Plan, x: torch.Tensor, weights: PassWeights, arithmetic: Arithmetic
    ) -> Logits:
        with torch.no_grad(), plain_products():
            parts = [
                plan.logits(part, weights, arithmetic) for part in torch.split(x, self._batch_size)
            ]
        return Logits.joined([Logits.of(part) for part in parts])


@cache
def _float32_is_whole() -> bool:
    return float32_is_whole()
