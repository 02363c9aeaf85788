"""Convolutions in one to three dimensions, grouped and dilated ones too."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from fedjury.oracle.evaluation.fast.approximation import Approximation
from fedjury.oracle.evaluation.fast.arithmetic import Arithmetic, product
from fedjury.oracle.evaluation.fast.layers import Size
from fedjury.oracle.evaluation.fast.weights import PassWeights
from fedjury.oracle.evaluation.fast.windows import overlap, windows

# Numbers that windows may take up at a time, so that they stay in the cache.
_BUDGET = 2**20


@dataclass(frozen=True)
class Convolution:
    """Products of windows with the kernels, plus a bias for each output channel.

    Written as products of matrices, since a library's own convolution may use an algorithm
    (Winograd's, or a Fourier transform) for which no bound of this kind holds. Every input value
    is in r windows at most, so the windows' squared norms add up to at most r · ‖x‖².

    Groups see channels of their own, so the norms of the largest group stand for all.

    The reference cuts a sample relative to its largest entry, so a window of k entries, however
    small they are, errs as one of norm √k · ‖x‖ would.

    Attributes:
        weight: name of the kernels, (outputs, channels / groups, *kernel).
        bias: name of the biases, (outputs,); None where there are none.
        stride, padding, dilation: one number for each dimension of the space.
        groups: of channels.
    """

    weight: str
    bias: str | None
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int

    def apply(
        self, inputs: Sequence[Approximation], weights: PassWeights, arithmetic: Arithmetic
    ) -> Approximation:
        """The layer for inputs (n, channels, *space)."""
        (x,) = inputs
        values = self._values(x.values, weights, arithmetic)
        kernel = weights.tensors[self.weight].shape[2:]
        terms = math.prod(weights.tensors[self.weight].shape[1:])
        seen = math.sqrt(overlap(kernel, self.stride, self.dilation))
        positions = math.prod(values.shape[2:])
        frobenius = weights.frobenius(self.weight, self.groups)
        spread = Size(
            seen * weights.operator(self.weight, self.groups),
            seen * frobenius,
            math.sqrt(positions) * weights.length(self.bias),
            reference=math.sqrt(terms * positions) * frobenius,
        )
        error = spread.bound(x.error, x.reaching(), terms, arithmetic)
        return Approximation.within(values, error)

    def _values(
        self, x: torch.Tensor, weights: PassWeights, arithmetic: Arithmetic
    ) -> torch.Tensor:
        kernels = weights.typed(self.weight, arithmetic.dtype)
        outputs, kernel = kernels.shape[0], tuple(kernels.shape[2:])
        matrix = kernels.reshape(self.groups, outputs // self.groups, -1)
        view = windows(x, kernel, self.stride, self.padding, self.dilation)
        positions = tuple(view.shape[2 + len(kernel) :])
        each = math.prod(view.shape[1:])
        step = max(1, _BUDGET // max(1, each))
        parts = []
        for part in torch.split(view, step):
            columns = part.reshape(len(part), self.groups, matrix.shape[2], -1)
            parts.append(product(matrix, columns, arithmetic))
        values = torch.cat(parts).reshape(len(x), outputs, *positions)
        if self.bias is not None:
            shape = (1, outputs) + (1,) * len(positions)
            values += weights.typed(self.bias, arithmetic.dtype).reshape(shape)
        return values
