"""Values of a pass together with how far they can be from the reference's."""

import math
from collections.abc import Callable
from functools import cached_property

import torch

from fedjury.oracle.evaluation.fast.arithmetic import SLACK


class Approximation:
    """What a pass found for some samples, and bounds on its distance from the reference.

    Bounds are float64 (n,), worked out when asked for; infinite or no number where
    nothing is known.

    Args:
        values: of the pass's type, (n, ...).
        error: gives `error`.
        apart: gives `apart`.
    """

    def __init__(
        self,
        values: torch.Tensor,
        error: Callable[[], torch.Tensor],
        apart: Callable[[], torch.Tensor],
    ) -> None:
        self.values, self._error, self._apart = values, error, apart

    @cached_property
    def error(self) -> torch.Tensor:
        """At least the Euclidean norm of each sample's values' distance from the reference's."""
        return self._error()

    @cached_property
    def apart(self) -> torch.Tensor:
        """No difference of two of a sample's values is farther from the reference's than this."""
        return self._apart()

    @classmethod
    def within(cls, values: torch.Tensor, error: torch.Tensor) -> "Approximation":
        """Values of which nothing is known but `error`.

        Two numbers whose squares add up to at most e² differ by at most √2·e.
        """
        return cls(values, lambda: error, lambda: error * (math.sqrt(2) * SLACK))

    @classmethod
    def exact(cls, values: torch.Tensor) -> "Approximation":
        """Values that the reference has too."""
        return cls.within(values, torch.zeros(len(values), dtype=torch.float64))

    def reshaped(self, values: torch.Tensor) -> "Approximation":
        """The same numbers of each sample in another shape."""
        return Approximation(values, lambda: self.error, lambda: self.apart)

    def norms(self) -> torch.Tensor:
        """At least the Euclidean norm of each sample's values: float64 (n,).

        Squares too small for the type are made up for by 2^-40.
        """
        flat = self.values.reshape(len(self.values), -1)
        lengths: torch.Tensor = torch.linalg.vector_norm(flat, dim=1)
        return lengths.double() * norm_slack(flat) + 2.0**-40

    def reaching(self) -> torch.Tensor:
        """At least the Euclidean norm of the reference's values for each sample: float64 (n,)."""
        return self.norms() + self.error


def norm_slack(values: torch.Tensor) -> float:
    """By how much a computed norm over the last dimension can be too small, as a factor.

    The squares of n values added in any order are right to γ_(n+1), and so is half of that for
    their root, which adds a rounding; twice that bounds it generously.
    """
    unit = torch.finfo(values.dtype).eps
    return SLACK * (1 + unit * (values.shape[-1] + 4))
