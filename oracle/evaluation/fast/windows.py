"""Windows that slide over an input: what convolutions and pooling layers share."""

import math
from collections.abc import Sequence

import torch
from torch.nn.functional import pad


def windows(
    x: torch.Tensor,
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
) -> torch.Tensor:
    """Every window of an input padded with zeros: (n, channels, *kernel, *positions), a view.

    Args:
        x: (n, channels, *space).
        kernel, stride, padding, dilation: one number for each dimension of the space.
    """
    widths = [width for each in reversed(padding) for width in (each, each)]
    view = pad(x, widths) if any(padding) else x
    space = len(kernel)
    for place, (size, step, spacing) in enumerate(zip(kernel, stride, dilation, strict=True)):
        view = view.unfold(2 + place, spacing * (size - 1) + 1, step)[..., ::spacing]
    positions, taps = range(2, 2 + space), range(2 + space, 2 + 2 * space)
    return view.permute(0, 1, *taps, *positions)


def overlap(kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int]) -> int:
    """At most so many windows see any one input value."""
    return math.prod(
        size if spacing > 1 else -(-size // step)
        for size, step, spacing in zip(kernel, stride, dilation, strict=True)
    )
