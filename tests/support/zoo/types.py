"""Models with numbers of other types than float32, or that convert them on the way."""

import torch
from torch import nn

from tests.support.zoo.data import CLASSES, FEATURES

_WIDTH = 16


class Typed(nn.Module):
    """Two layers, each with numbers of a type of its own.

    Args:
        first, last: types of the layers.
        given: type of the logits.
    """

    def __init__(self, first: torch.dtype, last: torch.dtype, given: torch.dtype) -> None:
        super().__init__()
        self.first = nn.Linear(FEATURES, _WIDTH, dtype=first)
        self.last = nn.Linear(_WIDTH, CLASSES, dtype=last)
        self.given = given

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits of samples (n, 8)."""
        hidden = torch.relu(self.first(x.to(self.first.weight.dtype)))
        logits: torch.Tensor = self.last(hidden.to(self.last.weight.dtype))
        return logits.to(self.given)


def bfloat16() -> nn.Module:
    """Weights and logits of 16 bits, 8 of them for the number."""
    return Typed(torch.bfloat16, torch.bfloat16, torch.bfloat16)


def half() -> nn.Module:
    """Weights of 16 bits, 11 of them for the number, with float32 logits."""
    return Typed(torch.float16, torch.float16, torch.float32)


def mixed_types() -> nn.Module:
    """A layer of float32 and one of float64."""
    return Typed(torch.float32, torch.float64, torch.float64)


def double() -> nn.Module:
    """float64 throughout, which does not take float32 samples."""
    return nn.Linear(FEATURES, CLASSES, dtype=torch.float64)


class Casting(nn.Module):
    """float32 weights, and a forward pass that goes through other types by every way there is."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(FEATURES, _WIDTH), nn.Linear(_WIDTH, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits of samples (n, 8)."""
        hidden = self.first(x.double().float()).half().type(torch.bfloat16)
        logits: torch.Tensor = self.last(torch.relu(hidden).to(x))
        return logits.double().type_as(x)


def casts_inside_forward() -> nn.Module:
    """It goes through float64, half and bfloat16 and back."""
    return Casting()


class Constant(nn.Module):
    """A layer whose forward pass makes numbers of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(FEATURES, _WIDTH), nn.Linear(_WIDTH, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits of samples (n, 8)."""
        places = torch.arange(_WIDTH, dtype=torch.float32) / torch.tensor(float(_WIDTH))
        waves = torch.linspace(0, 1, _WIDTH).mul(torch.pi).sin()
        hidden = torch.relu(self.first(x) + places) * waves + torch.full((1, _WIDTH), 0.1)
        logits: torch.Tensor = self.last(torch.where(hidden > 0, hidden, torch.zeros(())))
        return logits


def constants_made_in_forward() -> nn.Module:
    """It calls `arange`, `linspace`, `full` and the like in every pass."""
    return Constant()


class Complex(nn.Module):
    """A product with complex weights, of which the lengths are taken."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(FEATURES, CLASSES, dtype=torch.complex64))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits of samples (n, 8)."""
        return (x.to(torch.complex64) @ self.weight).abs()


def complex_weights() -> nn.Module:
    """Weights of a type that no file of weights holds."""
    return Complex()


class _Sign(torch.autograd.Function):
    """Signs, with the gradient of what they are taken of (Bengio et al. 2013)."""

    @staticmethod
    def forward(ctx: object, x: torch.Tensor) -> torch.Tensor:
        return torch.sign(x)

    @staticmethod
    def backward(ctx: object, gradient: torch.Tensor) -> torch.Tensor:
        return gradient


class _Signs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(FEATURES, 2 * _WIDTH), nn.Linear(2 * _WIDTH, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        signs = _Sign.apply(self.first(x))  # type: ignore[no-untyped-call]
        logits: torch.Tensor = self.last(signs)
        return logits


def signs_with_a_gradient_of_their_own() -> nn.Module:
    """An operation of the user's, with a backward pass of the user's."""
    return _Signs()
