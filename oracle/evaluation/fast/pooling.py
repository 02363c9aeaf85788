"""Pooling: the largest value or the mean of windows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn.functional import avg_pool2d, avg_pool3d, max_pool2d, max_pool3d

from fedjury.oracle.evaluation.fast.approximation import Approximation
from fedjury.oracle.evaluation.fast.arithmetic import SLACK, UNDERFLOW, Arithmetic
from fedjury.oracle.evaluation.fast.layers import REFERENCE_ROUNDING
from fedjury.oracle.evaluation.fast.weights import PassWeights
from fedjury.oracle.evaluation.fast.windows import overlap

# In one dimension torch itself pools in two, of which one has size 1.
_MAX = {2: max_pool2d, 3: max_pool3d}
_AVERAGE = {2: avg_pool2d, 3: avg_pool3d}


@dataclass(frozen=True)
class MaxPool:
    """The largest value of each window, which moves no farther than the window's values do.

    Attributes:
        kernel, stride, padding, dilation: one number for each dimension of the space.
        ceil_mode: whether a last window may hang over the edge.
    """

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    ceil_mode: bool

    def apply(
        self, inputs: Sequence[Approximation], weights: PassWeights, arithmetic: Arithmetic
    ) -> Approximation:
        """The layer for inputs (n, channels, *space)."""
        (x,) = inputs
        pool = _MAX[len(self.kernel)]
        values = pool(
            x.values, self.kernel, self.stride, self.padding, self.dilation, self.ceil_mode
        )
        seen = math.sqrt(overlap(self.kernel, self.stride, self.dilation))
        return Approximation.within(values, x.error * (seen * SLACK))


@dataclass(frozen=True)
class AveragePool:
    """The mean of each window; zeros that pad the input count.

    A mean of k values is at most their norm over √k, and every value is in r windows at most.

    Attributes:
        kernel, stride, padding: one number for each dimension of the space.
    """

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]

    def apply(
        self, inputs: Sequence[Approximation], weights: PassWeights, arithmetic: Arithmetic
    ) -> Approximation:
        """The layer for inputs (n, channels, *space)."""
        (x,) = inputs
        pool = _AVERAGE[len(self.kernel)]
        values = pool(x.values, self.kernel, self.stride, self.padding)
        count = math.prod(self.kernel)
        seen = overlap(self.kernel, self.stride, (1,) * len(self.kernel))
        return _averaged(x, values, count, seen, arithmetic)


@dataclass(frozen=True)
class Mean:
    """The mean over dimensions of each sample, as global average pooling has it.

    Attributes:
        dimensions: which, none of them the first.
        keep: whether they stay, with size 1.
    """

    dimensions: tuple[int, ...]
    keep: bool

    def apply(
        self, inputs: Sequence[Approximation], weights: PassWeights, arithmetic: Arithmetic
    ) -> Approximation:
        """The layer for inputs (n, ...)."""
        (x,) = inputs
        values = x.values.mean(self.dimensions, self.keep)
        count = math.prod(x.values.shape[dimension] for dimension in self.dimensions)
        return _averaged(x, values, count, 1, arithmetic)


def _averaged(
    x: Approximation, values: torch.Tensor, count: int, seen: int, arithmetic: Arithmetic
) -> Approximation:
    """Means of `count` values each, of which every one is in `seen` means at most.

    The reference may round each value relative to the largest of its mean, which for `count` values
    together is no more than some 2^-52 · `count` of that largest one.
    """
    gain = math.sqrt(seen / count)
    reaching = x.reaching()
    reference = (count + 2) * REFERENCE_ROUNDING * math.sqrt(seen)
    own = (arithmetic.gamma(count + 2) * gain + reference) * reaching + UNDERFLOW * (1 + reaching)
    error = arithmetic.unless_beyond(gain * x.error + own, math.sqrt(count) * reaching)
    return Approximation.within(values, error * SLACK)
