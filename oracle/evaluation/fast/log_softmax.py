"""Logits that a model ends by turning into logarithms of probabilities."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from fedjury.oracle.evaluation.fast.approximation import Approximation
from fedjury.oracle.evaluation.fast.arithmetic import SLACK, Arithmetic
from fedjury.oracle.evaluation.fast.layers import REFERENCE_ROUNDING
from fedjury.oracle.evaluation.fast.weights import PassWeights


@dataclass(frozen=True)
class LogSoftmax:
    """x − log Σ e^x over the classes, as a model's last layer; here x stays as it is.

    The same number is taken from all of a sample's logits, which changes none of their differences,
    and these are all that is asked for. In the reference each logit is rounded twice on the way:
    relative to x less its largest, at most 2·‖x‖, and to that less a logarithm of at most log n.
    """

    def apply(
        self, inputs: Sequence[Approximation], weights: PassWeights, arithmetic: Arithmetic
    ) -> Approximation:
        """The layer for logits (n, classes); of the values alone nothing is known."""
        (x,) = inputs
        unknown = torch.full((len(x.values),), torch.inf, dtype=torch.float64)
        size = x.reaching() + math.log(max(2, x.values.shape[1]))
        return Approximation(
            x.values, lambda: unknown, lambda: (x.apart + REFERENCE_ROUNDING * size) * SLACK
        )
