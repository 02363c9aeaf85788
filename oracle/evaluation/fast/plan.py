"""A model as a list of layers with bounds, and passes through it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch

from fedjury.oracle.evaluation.fast.approximation import Approximation
from fedjury.oracle.evaluation.fast.arithmetic import Arithmetic
from fedjury.oracle.evaluation.fast.elementwise import Reshape
from fedjury.oracle.evaluation.fast.layers import Layer
from fedjury.oracle.evaluation.fast.linear import Linear
from fedjury.oracle.evaluation.fast.weights import PassWeights


@dataclass(frozen=True)
class Step:
    """One layer of a plan.

    Attributes:
        layer: what is done.
        inputs: numbers of the values that it takes.
        output: number of the value that it gives.
    """

    layer: Layer
    inputs: tuple[int, ...]
    output: int


@dataclass(frozen=True)
class Plan:
    """The layers between a sample, which is value 0, and its logits.

    Attributes:
        steps: in order.
        output: number of the logits.
    """

    steps: Sequence[Step]
    output: int

    def logits(
        self, x: torch.Tensor, weights: PassWeights, arithmetic: Arithmetic
    ) -> Approximation:
        """One pass.

        Args:
            x: float32 samples without denormal numbers, (n, ...).
            weights: of the model.
            arithmetic: of the pass.

        Returns:
            The logits, (n, classes).
        """
        start = {0: Approximation.exact(x.to(arithmetic.dtype))}
        return self._run(self.steps, start, weights, arithmetic)

    @cached_property
    def first_linear(self) -> Linear | None:
        """The layer that multiplies the sample itself; None where another kind comes first."""
        return self._first[1].layer if self._first else None  # type: ignore[return-value]

    def after_first(
        self, first: Approximation, weights: PassWeights, arithmetic: Arithmetic
    ) -> Approximation:
        """What follows where `first_linear` has been applied already.

        Args:
            first: its values and their bounds.
            weights: of the model; those of the first layer are not looked at.
            arithmetic: of the pass.

        Returns:
            The logits, (n, classes).
        """
        assert self._first is not None
        place, step = self._first
        rest = self.steps[place + 1 :]
        return self._run(rest, {step.output: first}, weights, arithmetic)

    @cached_property
    def _first(self) -> tuple[int, Step] | None:
        """Place and step of the first linear layer, where nothing else takes the sample."""
        value = 0
        for place, step in enumerate(self.steps):
            if self._uses[value] != 1 or step.inputs != (value,):
                return None
            if isinstance(step.layer, Linear):
                return place, step
            if not isinstance(step.layer, Reshape):
                return None
            value = step.output
        return None

    @cached_property
    def _uses(self) -> Counter[int]:
        uses = Counter(number for step in self.steps for number in step.inputs)
        uses[self.output] += 1
        return uses

    def _run(
        self,
        steps: Sequence[Step],
        values: dict[int, Approximation],
        weights: PassWeights,
        arithmetic: Arithmetic,
    ) -> Approximation:
        left = Counter(self._uses)
        for step in steps:
            inputs = [values[number] for number in step.inputs]
            values[step.output] = step.layer.apply(inputs, weights, arithmetic)
            for number in step.inputs:
                left[number] -= 1
                if not left[number]:
                    values.pop(number, None)
        return values[self.output]
