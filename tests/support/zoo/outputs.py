"""Models whose forward pass gives more than logits."""

from typing import NamedTuple

import torch
from torch import nn

from tests.support.zoo.data import CLASSES, FEATURES

_WIDTH = 16


class Hidden(nn.Module):
    """A layer, its hidden values, and logits of them."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(FEATURES, _WIDTH), nn.Linear(_WIDTH, CLASSES)

    def both(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Hidden values (n, 16) and logits (n, 3) of samples (n, 8)."""
        hidden = torch.relu(self.first(x))
        return hidden, self.last(hidden)


class _Dictionary(Hidden):
    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        hidden, logits = self.both(x)
        return {"hidden": hidden, "logits": logits}


class _Tuple(Hidden):
    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        hidden, logits = self.both(x)
        return logits, hidden


class Output(NamedTuple):
    """What a model gives, by name."""

    loss: torch.Tensor | None
    hidden: torch.Tensor
    logits: torch.Tensor


class _Named(Hidden):
    def forward(self, x: torch.Tensor) -> Output:
        return Output(None, *self.both(x))


class _Text(Hidden):
    def forward(self, x: torch.Tensor) -> list[str]:
        return [str(int(each)) for each in self.both(x)[1].argmax(1)]


def dictionary_output() -> nn.Module:
    """A dictionary, in which the logits do not come first."""
    return _Dictionary()


def tuple_output() -> nn.Module:
    """A pair, in which the logits come first."""
    return _Tuple()


def named_output() -> nn.Module:
    """A named tuple, with nothing in its first place."""
    return _Named()


def output_of_text() -> nn.Module:
    """No tensor at all."""
    return _Text()
