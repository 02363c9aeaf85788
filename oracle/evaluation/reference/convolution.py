"""Convolutions over any number of dimensions: grouped, dilated, strided, transposed.

A convolution is a product of filters with windows of the image, and it is exact for the reason that
`products` gives: filters are cut in slices relative to the largest entry of each, and the image
relative to its largest entry in the sample and group. Sums of slices are exact in any order, so how
the windows are laid out cannot matter.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from types import EllipsisType

import torch
from torch.nn.functional import pad

from fedjury.oracle.evaluation.reference.products import (
    Slices,
    cut,
    rescale_,
    slice_bits,
)

Places = tuple[slice | EllipsisType, ...]

# Numbers in the windows that are laid out at a time.
_BLOCK = 2**18


def convolve(
    x: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    transposed: bool,
    output_padding: Sequence[int],
    groups: int,
) -> torch.Tensor:
    """The convolution of images with filters, and the bias added.

    Differs from the exact result by at most `products.relative_error(k)`·‖filter‖₂·√k·max|image|,
    besides the bias' addition, where k is the number of entries of a filter.

    Args:
        x: float64 (n, channels, spatial dimensions).
        weight: (filters, channels / groups, kernel); transposed (channels, filters / groups,
            kernel).
        bias: (filters,).
        stride: per spatial dimension, as are the next three.
        padding: zeros at both ends.
        dilation: distance of a window's entries.
        transposed: whether it is the gradient's convolution, by spreading the image with zeros.
        output_padding: rows added at the end of a transposed one.
        groups: channels and filters fall into so many independent convolutions.

    Returns:
        float64 (n, filters, spatial dimensions).
    """
    dims = x.dim() - 2
    stride, padding, dilation, output_padding = (
        list(each) * dims if len(each) == 1 else list(each)
        for each in (stride, padding, dilation, output_padding)
    )
    margins = [(each, each) for each in padding]
    if transposed:
        kernel = weight.shape[2:]
        reach = [(size - 1) * step for size, step in zip(kernel, dilation, strict=True)]
        margins = [
            (far - near, far - near + more)
            for far, near, more in zip(reach, padding, output_padding, strict=True)
        ]
        x, weight, stride = _spread(x, stride), _flipped(weight, groups), [1] * dims
    padded = pad(x, list(chain.from_iterable(reversed(margins))))
    result = _correlate(padded, weight, stride, dilation, groups)
    return result if bias is None else result.add_(bias.view([-1] + [1] * dims))


def _spread(x: torch.Tensor, stride: Sequence[int]) -> torch.Tensor:
    """The image with stride - 1 zeros between neighbours."""
    if all(step == 1 for step in stride):
        return x
    sizes = [(size - 1) * step + 1 for size, step in zip(x.shape[2:], stride, strict=True)]
    spread = x.new_zeros(*x.shape[:2], *sizes)
    places: Places = (..., *(slice(None, None, step) for step in stride))
    spread[places] = x
    return spread


def _flipped(weight: torch.Tensor, groups: int) -> torch.Tensor:
    """A transposed convolution's filters as those of a plain one."""
    channels, filters, *kernel = weight.shape
    grouped = weight.view(groups, channels // groups, filters, *kernel).transpose(1, 2)
    flipped = grouped.flip(tuple(range(3, grouped.dim())))
    return flipped.reshape(groups * filters, channels // groups, *kernel)


def _correlate(
    x: torch.Tensor,
    weight: torch.Tensor,
    stride: Sequence[int],
    dilation: Sequence[int],
    groups: int,
) -> torch.Tensor:
    """Every filter with every window of images that have their padding."""
    n, channels, *spatial = x.shape
    filters, _, *kernel = weight.shape
    sizes = [
        (size - (width - 1) * gap - 1) // step + 1
        for size, width, gap, step in zip(spatial, kernel, dilation, stride, strict=True)
    ]
    k = channels // groups * math.prod(kernel)
    bits = slice_bits(k)
    images = x.reshape(n, groups, channels // groups, *spatial)
    filter_slices = cut(weight.reshape(groups, filters // groups, k), -1, bits)
    image_slices = cut(images.contiguous(), tuple(range(2, images.dim())), bits)
    result = x.new_empty(n, groups, filters // groups, *sizes)
    if result.numel():
        _put_sums(result, filter_slices, image_slices, _Windows(kernel, sizes, stride, dilation))
    ones = [1] * len(sizes)
    per_filter, per_image = filter_slices.scale, image_slices.scale
    if per_filter is not None:
        per_filter = per_filter.view(groups, filters // groups, *ones)
    if per_image is not None:
        per_image = per_image.view(n, groups, 1, *ones)
    return rescale_(result, [per_filter, per_image]).view(n, filters, *sizes)


@dataclass(frozen=True)
class _Windows:
    """How windows lie in images, per spatial dimension."""

    kernel: Sequence[int]
    sizes: Sequence[int]
    stride: Sequence[int]
    dilation: Sequence[int]

    def laid_out(self, images: torch.Tensor, samples: slice, rows: slice) -> torch.Tensor:
        """Windows of some samples, in some rows of windows, side by side.

        Args:
            images: contiguous, (n, groups, channels, spatial dimensions).

        Returns:
            (samples · groups, k, windows).
        """
        some = images[samples]
        outer, inner = some.stride()[:3], some.stride()[3:]
        across = [step * gap for step, gap in zip(inner, self.dilation, strict=True)]
        along = [step * gap for step, gap in zip(inner, self.stride, strict=True)]
        sizes = [rows.stop - rows.start, *self.sizes[1:]]
        view = some.as_strided(
            (*some.shape[:3], *self.kernel, *sizes),
            (*outer, *across, *along),
            some.storage_offset() + rows.start * along[0],
        )
        k = some.shape[2] * math.prod(self.kernel)
        return view.reshape(some.shape[0] * some.shape[1], k, math.prod(sizes))

    def blocks(self, n: int, entries: int) -> Iterator[tuple[slice, slice]]:
        """Samples and rows of windows, so many that their windows stay in the cache.

        Args:
            n: number of samples.
            entries: of one window, in all groups.
        """
        rows = self.sizes[0]
        per_row = entries * math.prod(self.sizes[1:])
        several = max(_BLOCK // (per_row * rows), 1)
        height = min(max(_BLOCK // per_row, 1), rows)
        for sample in range(0, n, several):
            for row in range(0, rows, height):
                yield slice(sample, sample + several), slice(row, min(row + height, rows))


def _put_sums(result: torch.Tensor, filters: Slices, images: Slices, windows: _Windows) -> None:
    """(high·high) + (high·low + low·high) of filters with windows, into the result.

    Args:
        result: (n, groups, filters, spatial dimensions).
        filters: (groups, filters, k).
        images: (n, groups, channels, spatial dimensions).
    """
    groups, count, k = filters.high.shape
    both = filters.high if filters.low is None else torch.cat([filters.high, filters.low], 1)
    for samples, rows in windows.blocks(len(result), groups * k):
        high = windows.laid_out(images.high, samples, rows)
        found = torch.bmm(_repeated(both, len(high)), high)
        mixed = None if filters.low is None else found[:, count:]
        if images.low is not None:
            low = windows.laid_out(images.low, samples, rows)
            several = _repeated(filters.high, len(low))
            mixed = torch.bmm(several, low) if mixed is None else mixed.baddbmm(several, low)
        block = result[samples, :, :, rows]
        high_by_high = found[:, :count].view(block.shape)
        if mixed is None:
            block.copy_(high_by_high)
        else:
            torch.add(high_by_high, mixed.view(block.shape), out=block)


def _repeated(filters: torch.Tensor, matrices: int) -> torch.Tensor:
    """The filters of all groups once for each sample: (matrices, filters, k)."""
    groups, *shape = filters.shape
    return filters.expand(matrices // groups, groups, *shape).reshape(matrices, *shape)
