"""Convolutions over any number of dimensions: grouped, dilated, strided, transposed.

A convolution is a product of filters with windows of the image, and it is exact for the reason that
`products` gives: filters are cut in slices relative to the largest entry of each, and the image
relative to its largest entry in the sample and group. Sums of slices are exact in any order, so how
the windows are laid out cannot matter.
"""

import math
from collections.abc import Sequence
from itertools import chain
from types import EllipsisType

import torch
from torch.nn.functional import pad

from fedjury.oracle.evaluation.reference.products import (
    added_slice_products,
    cut,
    rescale_,
    slice_bits,
)

Places = tuple[slice | EllipsisType, ...]

# Numbers in the windows that are laid out at a time.
_BLOCK = 2**17


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
    k = channels // groups * math.prod(kernel)
    sizes = [
        (size - (width - 1) * gap - 1) // step + 1
        for size, width, gap, step in zip(spatial, kernel, dilation, stride, strict=True)
    ]
    bits = slice_bits(k)
    images = x.reshape(n, groups, channels // groups, *spatial)
    image_slices = cut(images, tuple(range(2, images.dim())), bits)
    filter_slices = cut(weight.reshape(groups, filters // groups, k), -1, bits)

    def product(some_filters: torch.Tensor, some_images: torch.Tensor) -> torch.Tensor:
        return _window_products(some_filters, some_images, kernel, sizes, stride, dilation)

    result = added_slice_products(filter_slices, image_slices, product)
    scales = [filter_slices.scale]
    if image_slices.scale is not None:
        scales.append(image_slices.scale.view(n, groups, 1, 1))
    return rescale_(result, scales).view(n, filters, *sizes)


def _window_products(
    filters: torch.Tensor,
    images: torch.Tensor,
    kernel: Sequence[int],
    sizes: Sequence[int],
    stride: Sequence[int],
    dilation: Sequence[int],
) -> torch.Tensor:
    """(groups, filters, k) with (n, groups, channels, spatial): (n, groups, filters, windows)."""
    n, groups, count, k = len(images), *filters.shape
    windows = math.prod(sizes)
    result = images.new_empty(n, groups, count, windows)
    images = images.contiguous()
    block = max(_BLOCK // max(groups * k * windows, 1), 1)
    for start in range(0, n, block):
        laid_out = _windows(images[start : start + block], kernel, sizes, stride, dilation)
        rows = laid_out.reshape(-1, k, windows)
        several = filters.expand(len(rows) // groups, groups, count, k).reshape(-1, count, k)
        torch.bmm(several, rows, out=result[start : start + block].view(-1, count, windows))
    return result


def _windows(
    images: torch.Tensor,
    kernel: Sequence[int],
    sizes: Sequence[int],
    stride: Sequence[int],
    dilation: Sequence[int],
) -> torch.Tensor:
    """A view of contiguous images: (n, groups, channels, kernel, windows' places)."""
    outer, inner = images.stride()[:3], images.stride()[3:]
    across = [step * gap for step, gap in zip(inner, dilation, strict=True)]
    along = [step * gap for step, gap in zip(inner, stride, strict=True)]
    shape = (*images.shape[:3], *kernel, *sizes)
    return images.as_strided(shape, (*outer, *across, *along), images.storage_offset())
