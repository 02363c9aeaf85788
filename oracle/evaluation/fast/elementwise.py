"""Layers that take values one by one: ReLU and its like, sums of two branches, other shapes."""

from collections.abc import Sequence
from dataclasses import dataclass

from fedjury.oracle.evaluation.fast.approximation import Approximation
from fedjury.oracle.evaluation.fast.arithmetic import SLACK, UNDERFLOW, Arithmetic
from fedjury.oracle.evaluation.fast.layers import REFERENCE_ROUNDING
from fedjury.oracle.evaluation.fast.weights import PassWeights


@dataclass(frozen=True)
class Clamp:
    """Values cut to a range (ReLU, ReLU6, Hardtanh), which brings no two of them farther apart.

    Attributes:
        low, high: the range; None where it is open. Both are float32 numbers.
    """

    low: float | None
    high: float | None

    def apply(
        self, inputs: Sequence[Approximation], weights: PassWeights, arithmetic: Arithmetic
    ) -> Approximation:
        """The layer for inputs of any shape."""
        (x,) = inputs
        return Approximation.within(x.values.clamp(self.low, self.high), x.error)


@dataclass(frozen=True)
class LeakyReLU:
    """x where it is positive, else slope · x.

    Attributes:
        slope: at most 1 either way, a float64 number.
    """

    slope: float

    def apply(
        self, inputs: Sequence[Approximation], weights: PassWeights, arithmetic: Arithmetic
    ) -> Approximation:
        """The layer for inputs of any shape."""
        (x,) = inputs
        values = x.values.where(x.values > 0, x.values * self.slope)
        own = (2 * arithmetic.unit + REFERENCE_ROUNDING) * x.reaching() + UNDERFLOW
        return Approximation.within(values, (x.error + own) * SLACK)


@dataclass(frozen=True)
class Sum:
    """Two branches added value by value, as residual connections do."""

    def apply(
        self, inputs: Sequence[Approximation], weights: PassWeights, arithmetic: Arithmetic
    ) -> Approximation:
        """The layer for two inputs of one shape."""
        x, y = inputs
        reaching = x.reaching() + y.reaching()
        own = (arithmetic.unit + REFERENCE_ROUNDING) * reaching + UNDERFLOW
        error = arithmetic.unless_beyond(x.error + y.error + own, reaching)
        return Approximation.within(x.values + y.values, error * SLACK)


@dataclass(frozen=True)
class Reshape:
    """The same values of each sample, row-major, in another shape.

    Attributes:
        shape: of one sample.
    """

    shape: tuple[int, ...]

    def apply(
        self, inputs: Sequence[Approximation], weights: PassWeights, arithmetic: Arithmetic
    ) -> Approximation:
        """The layer for inputs of any shape."""
        (x,) = inputs
        return x.reshaped(x.values.reshape(len(x.values), *self.shape))


@dataclass(frozen=True)
class Permute:
    """The dimensions of each sample in another order.

    Attributes:
        order: of all dimensions; the first stays.
    """

    order: tuple[int, ...]

    def apply(
        self, inputs: Sequence[Approximation], weights: PassWeights, arithmetic: Arithmetic
    ) -> Approximation:
        """The layer for inputs of any shape."""
        (x,) = inputs
        return x.reshaped(x.values.permute(self.order))
