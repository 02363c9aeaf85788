"""Models as one float64 vector each, which is what the papers calculate with."""

from collections.abc import Sequence

import torch

from fedjury.clients.attacks.base import AttackContext, Colluder, honest_updates
from fedjury.protocol.tensors import Tensors

_LARGEST = torch.finfo(torch.float32).max
_JITTER = 1e-6  # far below what training moves a weight by, above what float32 rounds away


def flatten(tensors: Tensors) -> torch.Tensor:
    """All weights in order of name, float64, shape (d,)."""
    return torch.cat([tensors[name].double().reshape(-1) for name in sorted(tensors)])


def unflatten(vector: torch.Tensor, like: Tensors) -> Tensors:
    """A vector of shape (d,) as float32 tensors with the names and shapes of others; all finite."""
    finite = vector.nan_to_num().clamp(-_LARGEST, _LARGEST).float()
    names = sorted(like)
    parts = torch.split(finite, [like[name].numel() for name in names])
    return {
        name: part.reshape(like[name].shape).clone()
        for name, part in zip(names, parts, strict=True)
    }


def honest_rows(context: AttackContext) -> torch.Tensor:
    """The honest updates as far as the adversary knows them, shape (number, d)."""
    return torch.stack([flatten(update) for update in honest_updates(context)])


def gaussian(like: torch.Tensor, seed: int) -> torch.Tensor:
    """Standard normal noise of a vector's shape, float64."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(like.shape, generator=generator, dtype=torch.float64)


def submit_all(vector: torch.Tensor, context: AttackContext) -> list[Tensors]:
    """One vector from every colluder, each with noise of its own too small to matter.

    Without it the jury would turn all but the first away as duplicates.
    """
    return [unflatten(_blur(vector, each), context.current) for each in context.colluders]


def _blur(vector: torch.Tensor, colluder: Colluder) -> torch.Tensor:
    return vector + _JITTER * (1 + vector.abs()) * gaussian(vector, colluder.seed)


def submit_each(vectors: Sequence[torch.Tensor], context: AttackContext) -> list[Tensors]:
    """One vector for each colluder, in their order."""
    return [unflatten(vector, context.current) for vector in vectors]
