"""Logits and how far they can be from the reference's, which is what questions are settled by."""

from dataclasses import dataclass

import torch

from fedjury.oracle.evaluation.fast.approximation import Approximation


@dataclass(frozen=True)
class Logits:
    """Logits of some samples.

    Attributes:
        values: (n, classes).
        apart: no difference of two logits of a sample is farther from the reference's than this:
            float64 (n,). Infinite or no number where nothing is known.
    """

    values: torch.Tensor
    apart: torch.Tensor

    @classmethod
    def of(cls, found: Approximation) -> "Logits":
        """The logits that a pass ends with."""
        return cls(found.values, found.apart)

    @classmethod
    def joined(cls, parts: list["Logits"]) -> "Logits":
        """Those of several parts of the samples, in order."""
        return cls(
            torch.cat([part.values for part in parts]), torch.cat([part.apart for part in parts])
        )
