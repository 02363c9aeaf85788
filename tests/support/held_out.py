"""Held-out samples and weights whose counts can be told by looking."""

import torch
from torch import nn

from fedjury.data import Samples
from fedjury.protocol.tensors import Tensors
from fedjury.simulation.held_out import HeldOut

SAMPLES = 100


class Answers(nn.Module):
    """Sample i is of the class that stands in place i of the only weight, rounded."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = nn.Parameter(torch.zeros(SAMPLES))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        chosen = self.answers[x[:, 0].long()].round().long()
        return nn.functional.one_hot(chosen, 2).float()


def held_out() -> HeldOut:
    x = torch.arange(SAMPLES, dtype=torch.float32)[:, None]
    return HeldOut(Answers(), Samples(x, torch.ones(SAMPLES, dtype=torch.int64)), None)


def wrong_on(count: int) -> Tensors:
    answers = torch.ones(SAMPLES)
    answers[:count] = 0
    return {"answers": answers}
