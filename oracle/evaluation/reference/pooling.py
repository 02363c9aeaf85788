"""Average pooling; the largest of a window needs no definition, since nothing is rounded.

The terms of a window are added one after the other, row by row, each addition elementwise over all
windows; where windows differ in size each is summed by `sums`.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from types import EllipsisType

import torch
from torch.nn.functional import pad

from fedjury.oracle.evaluation.reference import sums
from fedjury.oracle.evaluation.reference.floats import settle_

Places = tuple[slice | EllipsisType, ...]
Sizes = int | Sequence[int]


@dataclass(frozen=True)
class _Axis:
    """How windows lie along one dimension."""

    size: int
    kernel: int
    stride: int
    padding: int
    ceil_mode: bool

    @property
    def windows(self) -> int:
        """How many there are; none may begin in the padding behind the input."""
        room = self.size + 2 * self.padding - self.kernel
        found = (room + (self.stride - 1 if self.ceil_mode else 0)) // self.stride + 1
        begins_behind = (found - 1) * self.stride >= self.size + self.padding
        return found - 1 if self.ceil_mode and begins_behind else found

    @property
    def reach(self) -> int:
        """What all windows cover, counted from the padding's beginning."""
        return (self.windows - 1) * self.stride + self.kernel

    def entries(self, with_padding: bool) -> list[float]:
        """How many entries each window has."""
        first, behind = 0, self.size
        if with_padding:
            first, behind = -self.padding, self.size + self.padding
        begins = [window * self.stride - self.padding for window in range(self.windows)]
        return [float(min(at + self.kernel, behind) - max(at, first)) for at in begins]

    def part(self, offset: int) -> slice:
        """The entry of each window that is so far from its beginning."""
        return slice(offset, offset + (self.windows - 1) * self.stride + 1, self.stride)


def average(
    x: torch.Tensor,
    kernel_size: Sizes,
    stride: Sizes = (),
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
    *,
    dims: int,
) -> torch.Tensor:
    """Averages of windows over the last dimensions.

    Args:
        x: (..., spatial dimensions).
        kernel_size: one for all dimensions or one each, as are the next two.
        stride: the kernel size where there is none.
        padding: zeros at both ends, which count where `count_include_pad` says so.
        ceil_mode: whether the last window may reach beyond; what it has there never counts.
        divisor_override: divides the sums instead of the number of entries.
        dims: number of spatial dimensions.
    """
    given = [_for_each(each, dims) for each in (kernel_size, stride or kernel_size, padding)]
    axes = [
        _Axis(size, kernel, step, margin, ceil_mode)
        for size, kernel, step, margin in zip(x.shape[-dims:], *given, strict=True)
    ]
    added = _sums_of_windows(x, axes)
    if divisor_override is not None:
        return settle_(added.div_(divisor_override))
    entries = torch.ones((), dtype=torch.float64)
    for axis in axes:
        along = torch.tensor(axis.entries(count_include_pad), dtype=torch.float64)
        entries = entries[..., None] * along
    return settle_(added.div_(entries))


def adaptive_average(x: torch.Tensor, output_size: Sizes, *, dims: int) -> torch.Tensor:
    """Averages of so many windows, as even as can be, over the last dimensions.

    Window i of n over a dimension of s entries goes from ⌊i·s/n⌋ to before ⌈(i+1)·s/n⌉.
    """
    wanted = _for_each(output_size, dims)
    spatial = x.shape[-dims:]
    if all(size % n == 0 for size, n in zip(spatial, wanted, strict=True)):
        return average(x, [size // n for size, n in zip(spatial, wanted, strict=True)], dims=dims)
    over = range(x.dim() - dims, x.dim())
    means = []
    along = (_even_windows(size, n) for size, n in zip(spatial, wanted, strict=True))
    for window in itertools.product(*along):
        places: Places = (..., *window)
        means.append(sums.mean(x[places], over))
    return torch.stack(means, dim=-1).view(*x.shape[:-dims], *wanted)


def _even_windows(size: int, n: int) -> list[slice]:
    return [slice(i * size // n, -((i + 1) * size // -n)) for i in range(n)]


def _sums_of_windows(x: torch.Tensor, axes: Sequence[_Axis]) -> torch.Tensor:
    margins: list[int] = []
    for axis in reversed(axes):
        margins += [axis.padding, max(axis.reach - axis.size - axis.padding, 0)]
    padded = pad(x, margins) if any(margins) else x
    added: torch.Tensor | None = None
    for offsets in itertools.product(*(range(axis.kernel) for axis in axes)):
        parts = (axis.part(offset) for axis, offset in zip(axes, offsets, strict=True))
        places: Places = (..., *parts)
        term = padded[places]
        added = term.contiguous().clone() if added is None else added.add_(term)
    assert added is not None
    return added


def _for_each(given: Sizes, dims: int) -> list[int]:
    several = [given] if isinstance(given, int) else list(given)
    return several * dims if len(several) == 1 else several
