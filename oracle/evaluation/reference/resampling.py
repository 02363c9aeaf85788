"""Resizing images by linear interpolation, and adding overlapping windows."""

import itertools
from collections.abc import Sequence
from types import EllipsisType

import torch

from fedjury.oracle.evaluation.reference.arithmetic import multiply

Places = tuple[slice | EllipsisType, ...]


def interpolate_linearly(
    x: torch.Tensor,
    output_size: Sequence[int] | None,
    align_corners: bool,
    *scales: float | Sequence[float] | None,
) -> torch.Tensor:
    """Linear interpolation over the last dimensions, one after the other, from the first on.

    Place i of the output lies at i·(s - 1)/(n - 1) of the input where corners are aligned, else at
    max((i + ½)·r - ½, 0), where r is 1/scale where a scale is given and s/n otherwise.

    Args:
        x: (n, channels, spatial dimensions).
        output_size: per spatial dimension; None where scales decide.
        align_corners: whether the first and last places of both are the same.
        scales: one number a dimension, or one sequence of them.
    """
    spatial = list(x.shape[2:])
    given = _flat(scales, len(spatial))
    sizes = (
        list(output_size)
        if output_size is not None
        else [int(size * (scale or 1.0)) for size, scale in zip(spatial, given, strict=True)]
    )
    for place, (size, n, scale) in enumerate(zip(spatial, sizes, given, strict=True)):
        x = _along(x, place + 2, _places(size, n, align_corners, scale))
    return x


def _flat(scales: Sequence[float | Sequence[float] | None], dims: int) -> list[float | None]:
    flat: list[float | None] = []
    for each in scales:
        flat += [each] if each is None or isinstance(each, (int, float)) else list(each)
    return flat if len(flat) == dims else [None] * dims


def _places(size: int, n: int, align_corners: bool, scale: float | None) -> list[float]:
    if align_corners:
        step = (size - 1) / (n - 1) if n > 1 else 0.0
        return [i * step for i in range(n)]
    ratio = 1 / scale if scale else size / n
    return [max((i + 0.5) * ratio - 0.5, 0.0) for i in range(n)]


def _along(x: torch.Tensor, dim: int, places: Sequence[float]) -> torch.Tensor:
    last = x.shape[dim] - 1
    before = [min(int(place), last) for place in places]
    shape = [-1] + [1] * (x.dim() - 1 - dim)
    weight = torch.tensor(
        [place - at for place, at in zip(places, before, strict=True)], dtype=torch.float64
    ).view(shape)
    first = x.index_select(dim, torch.tensor(before))
    second = x.index_select(dim, torch.tensor([min(at + 1, last) for at in before]))
    return multiply(first, 1.0 - weight) + multiply(second, weight)


def fold(
    x: torch.Tensor,
    output_size: Sequence[int],
    kernel_size: Sequence[int],
    dilation: Sequence[int],
    padding: Sequence[int],
    stride: Sequence[int],
) -> torch.Tensor:
    """Windows laid over an image and added, one place of the window after the other, row by row.

    Args:
        x: (n, channels · kernel, windows) or the same without n.

    Returns:
        (n, channels, height, width), or the same without n.
    """
    if x.dim() == 2:
        return fold(x[None], output_size, kernel_size, dilation, padding, stride)[0]
    geometry = list(zip(output_size, kernel_size, dilation, padding, stride, strict=True))
    counts = [
        (size + 2 * margin - gap * (width - 1) - 1) // step + 1
        for size, width, gap, margin, step in geometry
    ]
    windows = x.reshape(len(x), -1, *kernel_size, *counts)
    padded = x.new_zeros(
        *windows.shape[:2], *(size + 2 * margin for size, _, _, margin, _ in geometry)
    )
    for place in itertools.product(*(range(width) for width in kernel_size)):
        parts = (
            slice(at * gap, at * gap + (count - 1) * step + 1, step)
            for at, count, (_, _, gap, _, step) in zip(place, counts, geometry, strict=True)
        )
        over: Places = (..., *parts)
        these: tuple[slice | int, ...] = (slice(None), slice(None), *place)
        padded[over] += windows[these]
    inside: Places = (..., *(slice(edge, edge + size) for size, _, _, edge, _ in geometry))
    return padded[inside].contiguous()
