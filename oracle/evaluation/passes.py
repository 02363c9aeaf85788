"""The three ways to a model's logits: a quick pass, a precise one, and the reference."""

from collections.abc import Sequence
from functools import cache, cached_property

import torch
from torch import nn

from fedjury.data.dataset import Samples
from fedjury.oracle.evaluation.exact import ExactAnswers, Question
from fedjury.oracle.evaluation.fast.arithmetic import FLOAT32, FLOAT32_FINE, FLOAT64, Arithmetic
from fedjury.oracle.evaluation.fast.first_layer import SampleMatrix
from fedjury.oracle.evaluation.fast.linear import Linear
from fedjury.oracle.evaluation.fast.plan import Plan
from fedjury.oracle.evaluation.fast.recording import record
from fedjury.oracle.evaluation.fast.settings import float32_is_whole, plain_products
from fedjury.oracle.evaluation.fast.weights import PassWeights, without_denormals
from fedjury.oracle.evaluation.logits import Logits
from fedjury.oracle.evaluation.raising import enough_memory, require_memory
from fedjury.oracle.evaluation.reference.evaluation import reference_logits
from fedjury.protocol.tensors import Tensors
from fedjury.runtime.monitoring.pulse import PULSE
from fedjury.task.state import aliases_of, state_of_module

# Samples that a plan is recorded with, and held against the reference on.
_TRIED = 3


class Passes:
    """One model's logits of one set of samples.

    Args:
        model: is put into evaluation mode whenever it is evaluated. Its state is what its task
            began with: whether there is a plan follows from that alone.
        samples: that are evaluated.
        batch_size: samples at a time; no result depends on it.
        planned: whether to look for a plan.
        alone: whether plain float64 may stand in for a reference that there is not.
    """

    def __init__(
        self,
        model: nn.Module,
        samples: Samples,
        batch_size: int,
        planned: bool = True,
        alone: bool = False,
    ) -> None:
        plain = _without_denormals(samples)
        self.x = plain.x
        self._model, self._batch_size = model, batch_size
        self._planned = planned and plain.y.ndim == 1 and plain.x.is_floating_point()
        self._exact = ExactAnswers(model, plain, batch_size, alone)

    def weights(self, given: Tensors) -> PassWeights:
        """Weights as passes take them: by first names, and with what of the module is not given.

        Args:
            given: float32, by names of the module's parameters and buffers.
        """
        PULSE.beat()  # every way to logits begins here
        if self.plan is None:
            return PassWeights.of(given)
        named = {self._first_names.get(name, name): tensor for name, tensor in given.items()}
        return PassWeights({**self._own, **PassWeights.of(named).tensors})

    def quick(self, weights: PassWeights, finely: bool = False) -> Logits | None:
        """float32 logits of all samples; None where the model has no plan.

        Args:
            weights: of the model.
            finely: whether smaller bounds are worth a little more time, as they are for losses.
        """
        arithmetic = FLOAT32_FINE if finely else FLOAT32
        if (together := self.quick_many([weights], arithmetic)) is not None:
            return together[0]
        if self.plan is None or not _float32_is_whole():
            return None
        return self._pass(self.plan, self.x, weights, arithmetic)

    def precise(self, weights: PassWeights, rows: torch.Tensor) -> Logits | None:
        """float64 logits of some samples, by index; None where the model has no plan."""
        return None if self.plan is None else self._pass(self.plan, self.x[rows], weights, FLOAT64)

    def exact(
        self,
        questions: Sequence[Question],
        weights: PassWeights,
        rows: torch.Tensor | None = None,
    ) -> list[torch.Tensor]:
        """Answers by the reference's logits, see `ExactAnswers.answers`."""
        return self._exact.answers(questions, weights.tensors, rows)

    def linear_start(self) -> tuple[Plan, Linear] | None:
        """The plan and its first layer, where that is linear and float32 can be trusted with it."""
        plan = self.plan
        if plan is None or plan.first_linear is None or not _float32_is_whole():
            return None
        return plan, plan.first_linear

    def quick_many(
        self, many: Sequence[PassWeights], arithmetic: Arithmetic = FLOAT32
    ) -> list[Logits] | None:
        """`quick` of several models in one wide product; None without a linear start."""
        start = self.linear_start()
        if start is None:
            return None
        (plan, linear), parts = start, [list[Logits]() for _ in many]
        with torch.no_grad(), plain_products(), enough_memory():
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

    @cached_property
    def plan(self) -> Plan | None:
        """The model's plan; None where it has none. A model that has one raises with no weights."""
        if not self._planned:
            return None
        try:
            return self._record()
        except (Exception, SystemExit) as error:  # the user's code may raise anything
            require_memory(error)
            return None

    @cached_property
    def undefined(self) -> str | None:
        """The first operation without a definition in the module with its own state; None where
        there is none."""
        return None if self.plan is not None else self._exact.undefined

    def _record(self) -> Plan | None:
        """The plan, where it holds on a few samples."""
        some = torch.cat([self.x] * _TRIED)[:_TRIED] if len(self.x) < _TRIED else self.x[:_TRIED]
        plan = record(self._model.eval(), self._own, some)
        if plan is None:
            return None
        found = self._pass(plan, some, PassWeights(self._own), FLOAT64)
        off = found.values - reference_logits(self._model, self._own, some)
        apart = off.amax(dim=1) - off.amin(dim=1)
        return None if bool((apart > found.apart).any()) else plan

    @cached_property
    def _own(self) -> Tensors:
        """The module's own float32 tensors by their first names, without denormal numbers."""
        state = state_of_module(self._model)
        own = {name: state[name].detach() for name in state if state[name].dtype == torch.float32}
        return PassWeights.of(own).tensors

    @cached_property
    def _first_names(self) -> dict[str, str]:
        """The first name of each tensor, by each of its names."""
        return {name: first for first, all_ in aliases_of(self._model).items() for name in all_}

    def _pass(
        self, plan: Plan, x: torch.Tensor, weights: PassWeights, arithmetic: Arithmetic
    ) -> Logits:
        with torch.no_grad(), plain_products(), enough_memory():
            parts = [
                plan.logits(part, weights, arithmetic) for part in torch.split(x, self._batch_size)
            ]
        return Logits.joined([Logits.of(part) for part in parts])


def _without_denormals(samples: Samples) -> Samples:
    if not samples.x.is_floating_point():
        return samples
    return Samples(without_denormals(samples.x), samples.y, samples.padding)


@cache
def _float32_is_whole() -> bool:
    return float32_is_whole()
