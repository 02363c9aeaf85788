"""Batch, layer, group, instance and RMS norm; arguments are those of torch's operations.

Each is x·scale + shift, settled once at the end, where scale and shift are made of a mean, a
variance (`sums`), a weight and a bias.
"""

from collections.abc import Sequence

import torch

from fedjury.errors import UnknownOperation
from fedjury.oracle.evaluation.reference import sums
from fedjury.oracle.evaluation.reference.arithmetic import multiply, reciprocal_square_root
from fedjury.oracle.evaluation.reference.floats import settle_

Normalized = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def batch_norm(
    x: torch.Tensor,
    weight: torch.Tensor | None,
    bias: torch.Tensor | None,
    running_mean: torch.Tensor | None,
    running_var: torch.Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
) -> Normalized:
    """Norm per channel by running statistics: x·(w/√(v+eps)) + (b - m·(w/√(v+eps))).

    `training` is how torch computes an instance norm: a single sample, whose channels are those of
    all samples, is normalized by its own statistics, and the running ones stay as they are.

    Args:
        x: (n, channels, ...).

    Returns:
        The result, and two empty tensors where torch's operation has statistics for training.

    Raises:
        UnknownOperation: statistics over more samples than one, which would make a sample's result
            depend on the others.
    """
    channels = [1, -1] + [1] * (x.dim() - 2)
    if training or running_mean is None or running_var is None:
        if len(x) != 1:
            raise UnknownOperation("batch norm by the statistics of a batch")
        variance, mean = sums.variance(x, range(2, x.dim()))
    else:
        variance, mean = running_var.view(channels), running_mean.view(channels)
    scale = reciprocal_square_root(variance + eps)
    if weight is not None:
        scale = multiply(scale, weight.view(channels))
    shift = 0.0 - multiply(mean, scale)
    if bias is not None:
        shift = shift + bias.view(channels)
    return settle_((x * scale).add_(shift)), x.new_zeros(0), x.new_zeros(0)


def batch_norm_without_training(
    x: torch.Tensor,
    weight: torch.Tensor | None,
    bias: torch.Tensor | None,
    running_mean: torch.Tensor,
    running_var: torch.Tensor,
    momentum: float,
    eps: float,
) -> Normalized:
    """Batch norm by running statistics."""
    return batch_norm(x, weight, bias, running_mean, running_var, False, momentum, eps)


def layer_norm(
    x: torch.Tensor,
    normalized_shape: Sequence[int],
    weight: torch.Tensor | None,
    bias: torch.Tensor | None,
    eps: float,
) -> Normalized:
    """Norm over the last dimensions: (x - mean)·(1/√(variance + eps)), then weight and bias.

    Returns:
        The result, the means and the 1/√(variance + eps).
    """
    dims = range(x.dim() - len(normalized_shape), x.dim())
    variance, mean = sums.variance(x, dims)
    factor = reciprocal_square_root(variance + eps)
    result = (x - mean).mul_(factor)
    return _affine_(result, weight, bias), mean, factor


def group_norm(
    x: torch.Tensor,
    weight: torch.Tensor | None,
    bias: torch.Tensor | None,
    n: int,
    channels: int,
    size: int,
    groups: int,
    eps: float,
) -> Normalized:
    """Norm over the channels of a group and all positions, then weight and bias per channel.

    Args:
        x: (n, channels, ...), with `size` positions.

    Returns:
        The result, and means and 1/√(variance + eps), each (n, groups).
    """
    grouped = x.reshape(n, groups, channels // groups * size)
    normalized, mean, factor = layer_norm(grouped, grouped.shape[2:], None, None, eps)
    per_channel = [1, channels] + [1] * (x.dim() - 2)
    weight = weight if weight is None else weight.view(per_channel)
    bias = bias if bias is None else bias.view(per_channel)
    result = _affine_(normalized.view(x.shape), weight, bias)
    return result, mean.view(n, groups), factor.view(n, groups)


def rms_norm(
    x: torch.Tensor,
    normalized_shape: Sequence[int],
    weight: torch.Tensor | None = None,
    eps: float | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """x·(1/√(mean of squares + eps))·weight over the last dimensions, and the factor.

    Where no `eps` is given it is that of float32, which is the working type.
    """
    dims = range(x.dim() - len(normalized_shape), x.dim())
    squares = sums.mean(x * x, dims, keepdim=True)
    added = torch.finfo(torch.float32).eps if eps is None else eps
    factor = reciprocal_square_root(squares + added)
    return _affine_(x * factor, weight, None), factor


def _affine_(
    x: torch.Tensor, weight: torch.Tensor | None, bias: torch.Tensor | None
) -> torch.Tensor:
    """x·weight + bias in place, settled."""
    if weight is not None:
        settle_(x).mul_(weight)
    if bias is not None:
        x.add_(bias)
    return settle_(x)
