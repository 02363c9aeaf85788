"""Models that do what few do: narrow types, statistics of their inputs, sorting."""

import torch
from torch import nn
from torch.nn import functional


class Casting(nn.Module):
    """Goes through bfloat16 and float16 in the middle, as for a phone.

    Args:
        inputs, width, outputs: sizes.
        first_narrow, second_narrow: the types; with float64 it is trained.
    """

    def __init__(
        self,
        inputs: int = 32,
        width: int = 24,
        outputs: int = 6,
        first_narrow: torch.dtype = torch.bfloat16,
        second_narrow: torch.dtype = torch.float16,
    ) -> None:
        super().__init__()
        self.narrow = first_narrow, second_narrow
        self.first = nn.Linear(inputs, width)
        self.second = nn.Linear(width, width)
        self.third = nn.Linear(width, width)
        self.head = nn.Linear(width, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.first(x))
        for layer, narrow in zip((self.second, self.third), self.narrow, strict=True):
            weight, bias = layer.weight.to(narrow), layer.bias.to(narrow)
            x = x + torch.relu(functional.linear(x.to(narrow), weight, bias)).to(x.dtype)
        logits: torch.Tensor = self.head(x)
        return logits


class Statistics(nn.Module):
    """Standardizes each sample, compares directions, weighs them, keeps the largest units only."""

    def __init__(self, inputs: int = 32, width: int = 32, outputs: int = 6) -> None:
        super().__init__()
        self.directions = nn.Parameter(torch.zeros(width, inputs))
        self.scale = nn.Parameter(torch.zeros(1))
        self.head = nn.Linear(width, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = (x - x.mean(dim=1, keepdim=True)) / (x.std(dim=1, keepdim=True) + 1e-5)
        x = functional.normalize(x, dim=1) @ functional.normalize(self.directions, dim=1).T
        x = x * torch.exp(self.scale)
        x = x * torch.linspace(0.5, 1.5, x.shape[1])
        least = x.topk(8, dim=1).values[:, -1:]
        logits: torch.Tensor = self.head(torch.where(x >= least, x, torch.zeros_like(x)))
        return logits
