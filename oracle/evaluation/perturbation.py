"""Weights perturbed a little, to find out which logits rounding could spoil.

Large numbers that cancel out lose more digits than a well-trained model's do, and an adversary can
build weights in which they do for a few samples. So logits are computed a second time with weights
perturbed by amounts that only the jury knows: where that moves them too far, they are not trusted.
One pattern of perturbation may by chance hardly move what another moves far, for one sample in
some thousands; so where weights look suspicious, several patterns are tried.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch

from fedjury.protocol.tensors import Shapes, Tensors, shapes_of


@dataclass(frozen=True)
class Perturbation:
    """How far weights are perturbed, and how far the logits may move before they are not trusted.

    Attributes:
        by: relative to each weight.
        limit: relative to a sample's largest absolute logit.
        least: patterns to try in any case.
    """

    by: float
    limit: float
    least: int


# Rounding moves logits less than perturbation does, by the ratio of `by` to the type's precision;
# so the logits that are trusted are right to 2^-18 in float32 and to 2^-35 in float64.
FLOAT32 = Perturbation(by=2.0**-16, limit=2.0**-11, least=1)
FLOAT64 = Perturbation(by=2.0**-32, limit=2.0**-15, least=3)
# A loss is rounded to units whatever the logits' scale, so it wants more: right to 2^-38.
FLOAT64_LOSS = Perturbation(by=2.0**-32, limit=2.0**-18, least=3)
# Patterns to try where one sample was unstable.
_MOST = 3


@dataclass(frozen=True)
class Perturber:
    """Perturbs weights in patterns that depend on the secret and the weights' shapes alone.

    Attributes:
        secret: seeds the patterns.
    """

    secret: int
    _factors: dict[tuple[torch.dtype, float, int], tuple[Shapes, Tensors]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def unstable(
        self,
        weights: Tensors,
        logits: torch.Tensor,
        perturbation: Perturbation,
        evaluate: Callable[[Tensors], torch.Tensor],
    ) -> torch.Tensor:
        """Which samples' logits move too far, or are no numbers: bool, (n,).

        Args:
            logits: (n, classes), of the weights.
            evaluate: gives the same of other weights.
        """
        limit = perturbation.limit * scale_of(logits)
        found = torch.zeros(len(logits), dtype=torch.bool)
        for turn in range(_MOST):
            if turn >= perturbation.least and not bool(found.any()):
                break
            moved = (
                (evaluate(self._perturbed(weights, perturbation, turn)) - logits).abs().amax(dim=1)
            )
            found |= ~(moved <= limit)
        return found

    def _perturbed(self, weights: Tensors, perturbation: Perturbation, turn: int) -> Tensors:
        """The weights, each times 1 ± at most `perturbation.by`, in their own type."""
        factors = self._drawn(weights, perturbation, turn)
        return {name: weights[name] * factors[name] for name in sorted(weights)}

    def _drawn(self, weights: Tensors, perturbation: Perturbation, turn: int) -> Tensors:
        dtype = next(iter(weights.values())).dtype
        shapes = shapes_of(weights)
        known = self._factors.get((dtype, perturbation.by, turn))
        if known is not None and known[0] == shapes:
            return known[1]
        generator = torch.Generator().manual_seed(self.secret + turn)
        factors = {}
        for name in sorted(weights):
            drawn = torch.rand(shapes[name], generator=generator, dtype=dtype) * 2 - 1
            factors[name] = 1 + perturbation.by * drawn
        self._factors[dtype, perturbation.by, turn] = shapes, factors
        return factors


def scale_of(logits: torch.Tensor) -> torch.Tensor:
    """Each sample's largest absolute logit."""
    return logits.abs().amax(dim=1)
