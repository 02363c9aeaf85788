"""Activation functions, elementwise; arguments are those of torch's operations."""

import math

import torch

from fedjury.errors import UnknownOperation
from fedjury.oracle.evaluation.reference import functions
from fedjury.oracle.evaluation.reference.arithmetic import multiply, scaled
from fedjury.oracle.evaluation.reference.floats import settle_
from fedjury.oracle.evaluation.reference.functions import by_blocks

_ROOT_TWO_OVER_PI = math.sqrt(2 / math.pi)
_ROOT_HALF = math.sqrt(0.5)


def gelu(x: torch.Tensor, approximate: str = "none") -> torch.Tensor:
    """x·Φ(x), where Φ is the normal distribution; "tanh" approximates it."""
    return _gelu_by_tanh(x) if approximate == "tanh" else _gelu(x)


@by_blocks
def _gelu(x: torch.Tensor) -> torch.Tensor:
    return functions.erfc(x * -_ROOT_HALF).mul_(0.5).mul_(x)


@by_blocks
def _gelu_by_tanh(x: torch.Tensor) -> torch.Tensor:
    inner = (x * x).mul_(x).mul_(0.044715).add_(x).mul_(_ROOT_TWO_OVER_PI)
    return functions.tanh(inner).add_(1.0).mul_(0.5).mul_(x)


@by_blocks
def silu(x: torch.Tensor) -> torch.Tensor:
    """x·sigmoid(x)."""
    return functions.sigmoid(x).mul_(x)


@by_blocks
def mish(x: torch.Tensor) -> torch.Tensor:
    """x·tanh(softplus(x))."""
    return functions.tanh(_softplus(x)).mul_(x)


def softplus(x: torch.Tensor, beta: float = 1, threshold: float = 20) -> torch.Tensor:
    """log(1 + e^(beta·x)) / beta; x where beta·x is above the threshold."""
    inner = scaled(x, beta)
    return torch.where(inner > threshold, x, settle_(_softplus(inner).div_(beta)))


@by_blocks
def _softplus(x: torch.Tensor) -> torch.Tensor:
    return x.clamp(min=0.0).add_(functions.log1p(functions.exp(-x.abs())))


def log_sigmoid(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """log(sigmoid(x)) = -softplus(-x), and an empty tensor where torch's operation has a buffer."""
    return 0.0 - _softplus(-x), x.new_zeros(0)


def elu(
    x: torch.Tensor, alpha: float = 1, scale: float = 1, input_scale: float = 1
) -> torch.Tensor:
    """scale·x above zero, scale·alpha·(e^(input_scale·x) - 1) below."""
    below = functions.expm1(scaled(x.clamp(max=0.0), input_scale))
    return torch.where(x > 0, scaled(x, scale), scaled(below, alpha * scale))


def celu(x: torch.Tensor, alpha: float = 1) -> torch.Tensor:
    """x above zero, alpha·(e^(x / alpha) - 1) below."""
    below = functions.expm1(settle_(x.clamp(max=0.0).div_(alpha)))
    return torch.where(x > 0, x, scaled(below, alpha))


def leaky_relu(x: torch.Tensor, negative_slope: float = 0.01) -> torch.Tensor:
    """x above zero, negative_slope·x below."""
    return torch.where(x > 0, x, multiply(x, negative_slope))


def prelu(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """x above zero, weight·x below; the weight broadcasts against x."""
    return torch.where(x > 0, x, multiply(x, weight))


def rrelu(
    x: torch.Tensor,
    noise: torch.Tensor,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = False,
    generator: object = None,
) -> torch.Tensor:
    """A leaky ReLU whose slope is the middle of the bounds.

    Raises:
        UnknownOperation: in training, where the slope is random.
    """
    if training:
        raise UnknownOperation("aten::rrelu_with_noise in training")
    return leaky_relu(x, (lower + upper) / 2)


def hard_sigmoid(x: torch.Tensor) -> torch.Tensor:
    """min(max(x + 3, 0), 6) / 6."""
    return settle_((x + 3.0).clamp_(0.0, 6.0).div_(6.0))


def hard_swish(x: torch.Tensor) -> torch.Tensor:
    """x·min(max(x + 3, 0), 6) / 6."""
    return settle_((x + 3.0).clamp_(0.0, 6.0).mul_(x).div_(6.0))


def soft_shrink(x: torch.Tensor, lambd: float = 0.5) -> torch.Tensor:
    """x moved by lambd towards zero, and zero where that would pass it."""
    inside = x - x.clamp(-lambd, lambd)
    return inside + 0.0


def glu(x: torch.Tensor, dim: int = -1) -> torch.Tensor:
    """The first half along a dimension times the sigmoid of the second."""
    first, second = x.chunk(2, dim)
    return multiply(functions.sigmoid(second), first)


def logit(x: torch.Tensor, eps: float | None = None) -> torch.Tensor:
    """log(x / (1 - x)), where x is first clamped to [eps, 1 - eps]."""
    x = x if eps is None else x.clamp(eps, 1.0 - eps)
    return functions.log(settle_(x / (1.0 - x)))
