"""Values of a pass together with how far they can be from the reference's."""

import math
from dataclasses import dataclass

import torch

from fedjury.oracle.evaluation.fast.arithmetic import SLACK


@dataclass(frozen=True)
class Approximation:
    """What a pass found for some samples, and bounds on its distance from the reference.

    Attributes:
        values: (n, ...), of the pass's type.
        error: for each sample the Euclidean norm of its values' distance from the reference's is
            at most this: float64 (n,). Infinite or no number where nothing is known.
        apart: no difference of two of its values is farther from the reference's than this:
            float64 (n,).
    """

    values: torch.Tensor
    error: torch.Tensor
    apart: torch.Tensor

    @classmethod
    def within(cls, values: torch.Tensor, error: torch.Tensor) -> "Approximation":
        """Values of which nothing is known but the norm of their distance from the reference's.

        Two numbers whose squares add up to at most e² differ by at most √2·e.
        """
        return cls(values, error, error * (math.sqrt(2) * SLACK))

    @classmethod
    def exact(cls, values: torch.Tensor) -> "Approximation":
        """Values that the reference has too."""
        zero = torch.zeros(len(values), dtype=torch.float64)
        return cls(values, zero, zero)

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
