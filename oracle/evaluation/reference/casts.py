"""Number types: float32 is float64 in the reference, narrower floats are rounded by bits.

A library's conversion to half precision may round twice (by float32), and one from a float to
integers is whatever the processor does beyond their range. Here both are defined.
"""

import math
from dataclasses import dataclass

import torch

from fedjury.errors import UnknownOperation
from fedjury.oracle.evaluation.reference.floats import FRACTION_BITS


@dataclass(frozen=True)
class _Narrow:
    """A narrow type: bits of its fraction, its smallest normal and its largest number."""

    fraction_bits: int
    smallest: float
    largest: float


_NARROW = {
    torch.float16: _Narrow(10, 2.0**-14, 65504.0),
    torch.bfloat16: _Narrow(7, 2.0**-126, (2 - 2.0**-7) * 2.0**127),
}
_INTEGERS = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)


def is_narrow(dtype: torch.dtype) -> bool:
    """Whether it is a floating type that results are rounded to."""
    return dtype in _NARROW


def working_type(dtype: torch.dtype) -> torch.dtype:
    """The type that stands for a type: float64 for float32, otherwise the type itself.

    Raises:
        UnknownOperation: complex numbers, quantized ones, or floats of eight bits.
    """
    if dtype in (torch.float32, torch.float64):
        return torch.float64
    if dtype in _NARROW or dtype in _INTEGERS or dtype == torch.bool:
        return dtype
    raise UnknownOperation(f"numbers of type {str(dtype).removeprefix('torch.')}")


def convert(x: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """The tensor in (what stands for) another type; the tensor itself where it has that already.

    To integers: without what is behind the point, the nearest in range, 0 for NaN.
    """
    target = working_type(dtype)
    if x.dtype == target:
        return x
    if target in _NARROW:
        return _narrowed(x.to(torch.float64), target)
    if x.is_floating_point() and target in _INTEGERS:
        return _whole(x.to(torch.float64), target)
    return x.to(target)


def _narrowed(x: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Rounded to the nearest, halves to even; what is below the smallest normal number is 0."""
    form = _NARROW[dtype]
    dropped = FRACTION_BITS - form.fraction_bits
    bits = x.contiguous().view(torch.int64)
    odd = (bits >> dropped) & 1
    rounded = (bits + odd + (2 ** (dropped - 1) - 1)) & -(2**dropped)
    result = rounded.view(torch.float64)
    result = torch.where(result.abs() > form.largest, x.sign() * math.inf, result)
    result = torch.where(x.abs() < form.smallest, 0.0, result)
    return torch.where(x.isnan(), math.nan, result).to(dtype)


def _whole(x: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    limits = torch.iinfo(dtype)
    # The largest int64 is no float64; what is beyond the largest float64 below it is taken apart.
    largest = min(float(limits.max), 2.0**63 - 2.0**10)
    whole = torch.where(x.isnan(), 0.0, x).trunc().clamp(float(limits.min), largest).to(dtype)
    return torch.where(x > largest, limits.max, whole) if dtype == torch.int64 else whole
