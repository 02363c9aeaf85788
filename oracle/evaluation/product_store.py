"""Products of the samples with a round's updates, kept for as many updates as a budget allows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

# Bytes that a round's products may take up.
BUDGET = 448 * 2**20
_STEPS = 32767


@dataclass(frozen=True)
class Stored:
    """One update's products with the samples, some samples after the other.

    Attributes:
        parts: float32 (rows, outputs), or int16 in units of `scales`.
        scales: float32 (rows, 1) for each part; None where parts are the products themselves.
    """

    parts: Sequence[torch.Tensor]
    scales: Sequence[torch.Tensor] | None = None

    @classmethod
    def narrowed(cls, parts: Sequence[torch.Tensor]) -> "Stored":
        """Products in half the space, relative to each sample's largest one."""
        smallest = torch.finfo(torch.float32).smallest_normal
        scales = [
            (part.abs().amax(dim=1, keepdim=True) / _STEPS).clamp_(min=smallest) for part in parts
        ]
        narrow = [
            (part / scale).round_().to(torch.int16)
            for part, scale in zip(parts, scales, strict=True)
        ]
        return cls(narrow, scales)

    def products(self) -> Sequence[torch.Tensor]:
        """The products, float32 (rows, outputs) each."""
        if self.scales is None:
            return self.parts
        return [part * scale for part, scale in zip(self.parts, self.scales, strict=True)]

    def lost(self) -> torch.Tensor | float:
        """At most the Euclidean norm of what each row lost by being stored: float64 (n,), or 0."""
        if self.scales is None:
            return 0.0
        # half a step each, and two roundings of float32 on numbers of at most 2^15 steps
        share = 0.52 * math.sqrt(self.parts[0].shape[1])
        return torch.cat(list(self.scales))[:, 0].double() * share


class ProductStore:
    """Products by an update's index.

    Args:
        count: updates of the round.
        samples: n.
        outputs: of the layer.
        budget: bytes. Where they do not hold all products in float32, these are kept in int16, and
            where not even so, the first ones alone are.
    """

    def __init__(self, count: int, samples: int, outputs: int, budget: int = BUDGET) -> None:
        numbers = max(1, samples * outputs)
        self._narrow = count * numbers * 4 > budget
        self._room = budget // (numbers * (2 if self._narrow else 4))
        self._kept: dict[int, Stored] = {}

    def __getitem__(self, index: int) -> Stored | None:
        return self._kept.get(index)

    def full(self) -> bool:
        """Whether no more will be kept."""
        return len(self._kept) >= self._room

    def keep(self, index: int, parts: Sequence[torch.Tensor]) -> None:
        """Keep an update's products, float32 (rows, outputs) each, if there is room."""
        if not self.full():
            self._kept[index] = Stored.narrowed(parts) if self._narrow else Stored(parts)
