"""Models that do what few do: narrow types, statistics of their inputs, sorting."""

import torch
from torch import nn
from torch.nn import functional


class Casting(nn.Module):
    """Goes through bfloat16 and float16 in the middle, as for a phone."""

    def __init__(self, inputs: int = 32, width: int = 24, outputs: int = 6) -> None:
        super().__init__()
        self.first = nn.Linear(inputs, width)
        self.second = nn.Linear(width, width)
        self.third = nn.Linear(width, width)
        self.head = nn.Linear(width, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.first(x))
        narrow = functional.linear(
            x.bfloat16(), self.second.weight.bfloat16(), self.second.bias.bfloat16()
        )
        x = torch.relu(narrow).to(x.dtype) + x
        half = functional.linear(x.half(), self.third.weight.half(), self.third.bias.half())
        return self.head(torch.relu(half).to(x.dtype))


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
        return self.head(torch.where(x >= least, x, torch.zeros_like(x)))
