"""An update as one row of numbers: its tensors in order of name, each row-major."""

import torch

from fedjury.protocol.tensors import Tensors


def flatten(tensors: Tensors) -> torch.Tensor:
    """The coordinates of weights: (coordinates,), of the tensors' type."""
    return torch.cat([tensors[name].reshape(-1) for name in sorted(tensors)])


def unflatten(flat: torch.Tensor, like: Tensors) -> Tensors:
    """Coordinates as named tensors again.

    Args:
        flat: (coordinates,).
        like: tensors of the names and shapes wanted.
    """
    names = sorted(like)
    parts = torch.split(flat, [like[name].numel() for name in names])
    return {name: part.view(like[name].shape) for name, part in zip(names, parts, strict=True)}
