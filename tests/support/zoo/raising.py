"""Models that raise, some always and some with some weights, and one that overflows."""

import torch
from torch import nn

from tests.support.zoo.data import CLASSES, FEATURES

_LARGEST = 50.0


class _Picky(nn.Module):
    def __init__(self, least: float, largest: float) -> None:
        super().__init__()
        self.layer = nn.Linear(FEATURES, CLASSES)
        self.least, self.largest = least, largest

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        size = float(self.layer.weight.detach().abs().max())
        if not self.least < size < self.largest:
            raise ValueError(f"weights of size {size:g}")
        logits: torch.Tensor = self.layer(x)
        return logits


class _Moody(nn.Module):
    def __init__(self, in_training: bool) -> None:
        super().__init__()
        self.layer = nn.Linear(FEATURES, CLASSES)
        self.in_training = in_training

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.training is self.in_training:
            raise RuntimeError("not in this mode")
        logits: torch.Tensor = self.layer(x)
        return logits


class _Huge(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(FEATURES, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.layer(x) * 1e38 * x.abs().sum(1, keepdim=True)
        return logits


def raises_for_some_weights() -> nn.Module:
    """It raises where a weight is 50 or more."""
    return _Picky(-1.0, _LARGEST)


def raises_for_weights_that_are_zero() -> nn.Module:
    """It raises where all weights are zero."""
    return _Picky(0.0, float("inf"))


def raises_in_evaluation() -> nn.Module:
    """It can only be trained."""
    return _Moody(in_training=False)


def raises_in_training() -> nn.Module:
    """It can only be evaluated."""
    return _Moody(in_training=True)


def raises_when_made() -> nn.Module:
    """It cannot even be built."""
    raise FileNotFoundError("no pretrained weights here")


def huge_output() -> nn.Module:
    """Its logits overflow."""
    return _Huge()


class _Opening(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(FEATURES, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        with open("no-such-file.txt") as file:
            logits: torch.Tensor = self.layer(x) * float(file.read())
        return logits


def opens_a_file() -> nn.Module:
    """Its forward pass reads a file that is not there."""
    return _Opening()
