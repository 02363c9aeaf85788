"""Products of the samples with a round's updates, kept for as many updates as a budget allows."""

import math
from dataclasses import dataclass
from typing import Self

import torch

# Bytes that a round's products may take up.
BUDGET = 512 * 2**20
_STEPS = 32767


@dataclass(frozen=True)
class Stored:
    """One update's products.

    Attributes:
        values: float32 (n, outputs), or int16 in units of `scale`.
        scale: float32 (n, 1); None where values are the products themselves.
    """

    values: torch.Tensor
    scale: torch.Tensor | None = None

    def products(self) -> torch.Tensor:
        """The products, float32 (n, outputs)."""
        return self.values if self.scale is None else self.values * self.scale

    def lost(self) -> torch.Tensor | float:
        """At most the Euclidean norm of what each row lost by being stored: float64 (n,), or 0."""
        if self.scale is None:
            return 0.0
        # half a step each, and two roundings of float32 on numbers of at most 2^15 steps
        return self.scale[:, 0].double() * (0.52 * math.sqrt(self.values.shape[1]))


class ProductStore:
    """Products by an update's index.

    Args:
        count: updates of the round.
        samples: n.
        outputs: of the layer.
        budget: bytes. Where they do not hold all products in float32, these are kept in int16,
            relative to a sample's largest one; and where not even so, the first ones alone are.
    """

    def __init__(self, count: int, samples: int, outputs: int, budget: int = BUDGET) -> None:
        numbers = max(1, samples * outputs)
        self._narrow = count * numbers * 4 > budget
        self._room = budget // (numbers * (2 if self._narrow else 4))
        self._kept: dict[int, Stored] = {}

    @classmethod
    def empty(cls) -> Self:
        """One that keeps nothing."""
        return cls(0, 0, 0, 0)

    def __getitem__(self, index: int) -> Stored | None:
        return self._kept.get(index)

    def full(self) -> bool:
        """Whether no more will be kept."""
        return len(self._kept) >= self._room

    def keep(self, index: int, products: torch.Tensor) -> None:
        """Keep an update's products, float32 (n, outputs), if there is room."""
        if self.full():
            return
        if not self._narrow:
            self._kept[index] = Stored(products)
            return
        scale = products.abs().amax(dim=1, keepdim=True) / _STEPS
        scale.clamp_(min=torch.finfo(torch.float32).smallest_normal)
        self._kept[index] = Stored((products / scale).round_().to(torch.int16), scale)
