"""What every layer of a plan is, and the bound that all products of matrices share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from fedjury.oracle.evaluation.fast.approximation import Approximation
from fedjury.oracle.evaluation.fast.arithmetic import SLACK, UNDERFLOW, Arithmetic
from fedjury.oracle.evaluation.fast.weights import PassWeights
from fedjury.oracle.evaluation.reference.products import relative_error

# The reference's own rounding in a layer's few elementwise operations, in units of 2^-53.
REFERENCE_ROUNDING = 16 * 2.0**-53


class Layer(Protocol):
    """One layer: gives values, and how far they can be from what the reference has there."""

    def apply(
        self, inputs: Sequence[Approximation], weights: PassWeights, arithmetic: Arithmetic
    ) -> Approximation:
        """The layer's values and bounds, from those of its inputs."""
        ...


@dataclass(frozen=True)
class Size:
    """How large a layer's matrix and bias are, in the norm of one bound.

    Attributes:
        gain: no error of the input is lengthened by more than this factor.
        matrix: the products' rounding is relative to this times the input's norm.
        bias: and to this.
        reference: the same as `matrix` for the reference's own products.
    """

    gain: float
    matrix: float
    bias: float
    reference: float

    def bound(
        self, error: torch.Tensor, reaching: torch.Tensor, terms: int, arithmetic: Arithmetic
    ) -> torch.Tensor:
        """How far products of so many terms, plus a bias, can be from the reference: (n,).

        Args:
            error: of the inputs, (n,).
            reaching: at least the norms of the inputs, the reference's and the pass's, (n,).
            terms: of each product.
            arithmetic: the pass's.
        """
        reach = self.matrix * reaching + self.bias
        rounding = (arithmetic.gamma(arithmetic.roundings(terms) + 1) + REFERENCE_ROUNDING) * reach
        reference = relative_error(terms) * self.reference * reaching
        tiny = UNDERFLOW * (1 + self.matrix) * (1 + reaching)
        total = (self.gain * error + rounding + reference + tiny) * SLACK
        return arithmetic.unless_beyond(total, reach)
