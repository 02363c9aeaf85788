"""Batch norm with its running statistics."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from fedjury.oracle.evaluation.fast.approximation import Approximation
from fedjury.oracle.evaluation.fast.arithmetic import SLACK, UNDERFLOW, Arithmetic
from fedjury.oracle.evaluation.fast.layers import REFERENCE_ROUNDING
from fedjury.oracle.evaluation.fast.weights import PassWeights

_DOUBLE = torch.float64


@dataclass(frozen=True)
class BatchNorm:
    """(x − μ) / √(σ² + ε) · γ + β as a·x + s, with a and s found in float64 and rounded once.

    Attributes:
        weight, bias: names of γ and β; None where there are none.
        mean, variance: names of μ and σ².
        epsilon: ε.
    """

    weight: str | None
    bias: str | None
    mean: str
    variance: str
    epsilon: float

    def apply(
        self, inputs: Sequence[Approximation], weights: PassWeights, arithmetic: Arithmetic
    ) -> Approximation:
        """The layer for inputs (n, channels, ...)."""
        (x,) = inputs
        factor = 1 / (weights.typed(self.variance, _DOUBLE) + self.epsilon).sqrt()
        if self.weight is not None:
            factor = weights.typed(self.weight, _DOUBLE) * factor
        moved = weights.typed(self.mean, _DOUBLE) * factor
        added = torch.zeros_like(moved)
        if self.bias is not None:
            added = weights.typed(self.bias, _DOUBLE)
        shape = (1, -1) + (1,) * (x.values.dim() - 2)
        values = x.values * factor.to(arithmetic.dtype).reshape(shape)
        values += (added - moved).to(arithmetic.dtype).reshape(shape)
        gain = float(factor.abs().max())
        sums, reaching = moved.abs() + added.abs(), x.reaching()
        places = math.prod(x.values.shape[2:])
        size = math.sqrt(places) * float(torch.linalg.vector_norm(sums))
        own = (4 * arithmetic.unit + REFERENCE_ROUNDING) * (gain * reaching + size)
        tiny = UNDERFLOW * (1 + gain) * (1 + reaching)
        error = arithmetic.unless_beyond(gain * x.error + own + tiny, gain * (1 + reaching) + size)
        return Approximation.within(values, error * SLACK)
