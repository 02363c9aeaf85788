"""Models whose answers depend on chance, on company, or on what was before."""

import itertools

import torch
from torch import nn
from torch.nn import functional

from tests.support.zoo.data import CLASSES, FEATURES

_WIDTH = 16


def dropout() -> nn.Module:
    """Random numbers in training alone."""
    return nn.Sequential(
        nn.Linear(FEATURES, 2 * _WIDTH), nn.ReLU(), nn.Dropout(0.3), nn.Linear(2 * _WIDTH, CLASSES)
    )


class _Noisy(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(FEATURES, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.layer(functional.dropout(x, 0.5))  # in evaluation too
        return logits


class _Drawn(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.projection = torch.randn(FEATURES, _WIDTH)
        self.layer = nn.Linear(_WIDTH, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.layer(torch.tanh(x @ self.projection))
        return logits


class _Kept(nn.Module):
    projection: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("projection", torch.randn(FEATURES, _WIDTH), persistent=False)
        self.layer = nn.Linear(_WIDTH, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.layer(torch.tanh(x @ self.projection))
        return logits


class _Centred(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(FEATURES, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.layer(x - x.mean(0))
        return logits


class _Alternating(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(FEATURES, CLASSES)
        self.calls = 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        logits: torch.Tensor = self.layer(x) * (1 + self.calls % 2)
        return logits


class _Iterating(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(FEATURES, CLASSES)
        self.calls = itertools.count()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.layer(x) * (1 + next(self.calls))
        return logits


def random_numbers_in_evaluation() -> nn.Module:
    """Dropout that forgets to ask whether the module is training."""
    return _Noisy()


def numbers_drawn_when_made() -> nn.Module:
    """A random projection that is neither parameter nor buffer: everybody has another."""
    return _Drawn()


def numbers_drawn_into_a_buffer() -> nn.Module:
    """The same as a buffer, which the genesis file holds although the module does not save it."""
    return _Kept()


def samples_that_are_mixed() -> nn.Module:
    """It subtracts the mean of whatever samples come together."""
    return _Centred()


def calls_that_are_counted() -> nn.Module:
    """Every other call gives something else, by a number that the module keeps."""
    return _Alternating()


def calls_that_an_iterator_counts() -> nn.Module:
    """The same by an object of another kind, which nobody can set back."""
    return _Iterating()
