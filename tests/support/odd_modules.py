"""Modules with parameters of odd shapes."""

from collections.abc import Callable

import torch
from torch import nn


class Odd(nn.Module):
    """A linear layer of three classes, beside parameters without dimensions and without entries."""

    def __init__(self, forward: Callable[["Odd", torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 3)
        self.temperature = nn.Parameter(torch.tensor(1.5))
        self.empty = nn.Parameter(torch.zeros(0, 3))
        self.first, self.second = nn.Linear(3, 0), nn.Linear(0, 3)
        self._forward = forward

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self._forward(self, x)


# By what is odd in the forward pass.
ODD: dict[str, Callable[[], nn.Module]] = {
    "a factor without dimensions": lambda: Odd(lambda m, x: m.layer(x) * m.temperature),
    "what is never used": lambda: Odd(lambda m, x: m.layer(x)),
    "a layer without outputs": lambda: Odd(lambda m, x: m.layer(x) + m.second(m.first(x))),
    "rows of none": lambda: Odd(lambda m, x: x @ torch.cat([m.layer.weight, m.empty]).t()),
    "one class": lambda: nn.Linear(3, 1),
}
