"""Many updates side by side, a block of coordinates at a time, so that memory stays bounded.

An update's coordinates are its tensors in order of name, each row-major. No result may depend on
the size of a block. Libraries of robust rules (ByzFL for one) want all updates in memory and add in
an order that is the machine's, so jurors could not agree bit for bit: hence these own few lines,
which tests hold against NumPy and SciPy.
"""

from collections.abc import Iterator

import torch

from fedjury.oracle.aggregation.updates import Updates
from fedjury.protocol.tensors import Tensors

# Numbers held at a time: 256 MiB of float32. Each block reads every update anew.
BUDGET = 2**26


def blocks(updates: Updates, budget: int = BUDGET) -> Iterator[torch.Tensor]:
    """The updates' coordinates in order: float32 (updates, width), the same width but at the end.

    Args:
        updates: at least one.
        budget: how many numbers a block may hold. The width is the largest power of two that
            keeps to it, and at least 1.
    """
    count = len(updates)
    size = sum(tensor.numel() for tensor in updates[0].values())
    width = 1 << (max(1, budget // count).bit_length() - 1)
    for start in range(0, size, width):
        stop = min(start + width, size)
        block = torch.empty((count, stop - start), dtype=torch.float32)
        for row, update in zip(block, updates, strict=True):
            _copy(update, start, stop, row)
        yield block


def _copy(update: Tensors, start: int, stop: int, row: torch.Tensor) -> None:
    """Write the coordinates from start to before stop into the row."""
    offset = 0
    for name in sorted(update):
        flat = update[name].reshape(-1)
        first, last = max(start, offset), min(stop, offset + len(flat))
        if first < last:
            row[first - start : last - start] = flat[first - offset : last - offset]
        offset += len(flat)


def unflatten(flat: torch.Tensor, like: Tensors) -> Tensors:
    """Coordinates as named tensors again."""
    names = sorted(like)
    parts = torch.split(flat, [like[name].numel() for name in names])
    return {name: part.view(like[name].shape) for name, part in zip(names, parts, strict=True)}
