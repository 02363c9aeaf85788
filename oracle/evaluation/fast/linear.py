"""Fully connected layers."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from fedjury.oracle.evaluation.fast.approximation import Approximation
from fedjury.oracle.evaluation.fast.arithmetic import Arithmetic, product
from fedjury.oracle.evaluation.fast.layers import Size
from fedjury.oracle.evaluation.fast.weights import PassWeights


@dataclass(frozen=True)
class Linear:
    """x · Wᵀ + b.

    By Cauchy and Schwarz the sum of a product's absolute terms is at most ‖x‖ times the norm of
    W's row; over all rows that is ‖x‖ · ‖W‖_F.

    Attributes:
        weight: name of W, (outputs, inputs).
        bias: name of b, (outputs,); None where there is none.
    """

    weight: str
    bias: str | None

    def apply(
        self, inputs: Sequence[Approximation], weights: PassWeights, arithmetic: Arithmetic
    ) -> Approximation:
        """The layer for inputs (n, inputs)."""
        (x,) = inputs
        matrix = weights.typed(self.weight, arithmetic.dtype)
        products = product(x.values, matrix.t(), arithmetic)
        return self.approximate(products, x.reaching(), weights, arithmetic, x.error)

    def approximate(
        self,
        products: torch.Tensor,
        reaching: torch.Tensor,
        weights: PassWeights,
        arithmetic: Arithmetic,
        error: torch.Tensor | None = None,
    ) -> Approximation:
        """The layer from its products.

        Args:
            products: x · Wᵀ of the arithmetic, (n, outputs); overwritten.
            reaching: at least the norms of the inputs, float64 (n,).
            weights: of the model.
            arithmetic: of the pass.
            error: of the inputs, float64 (n,); None where they are exact.
        """
        if self.bias is not None:
            products += weights.typed(self.bias, arithmetic.dtype)
        if error is None:
            error = torch.zeros_like(reaching)
        terms = weights.tensors[self.weight].shape[1]
        return Approximation(
            products,
            lambda: self._spread(weights, error).bound(error, reaching, terms, arithmetic),
            lambda: self._apart(weights).bound(error, reaching, terms, arithmetic),
        )

    def _spread(self, weights: PassWeights, error: torch.Tensor) -> Size:
        """For the Euclidean norm over all outputs."""
        gain = weights.operator(self.weight) if bool(error.any()) else 0.0
        matrix = weights.frobenius(self.weight)
        return Size(gain, matrix, weights.length(self.bias), reference=matrix)

    def _apart(self, weights: PassWeights) -> Size:
        """For the difference of any two outputs, each of which has its own rounding."""
        row, bias = weights.longest_row(self.weight), weights.largest(self.bias)
        return Size(weights.apart(self.weight), 2 * row, 2 * bias, reference=2 * row)
