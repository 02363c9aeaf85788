"""Conversions between types of numbers, held against exact arithmetic."""

import math
from fractions import Fraction

import pytest
import torch

from fedjury.errors import UnknownOperation
from fedjury.oracle.evaluation.reference.casts import convert, working_type
from fedjury.oracle.evaluation.reference.entering import entered, number

HALF, BFLOAT = torch.float16, torch.bfloat16
# bits of the fraction, the exponent of the smallest normal number, the largest number
FORMATS = {HALF: (10, -14, 65504.0), BFLOAT: (7, -126, float(torch.finfo(BFLOAT).max))}


def _nearest(x: float, dtype: torch.dtype) -> float:
    """What `x` is in a narrow type, by fractions."""
    bits, least, largest = FORMATS[dtype]
    if abs(x) < 2.0**least:
        return 0.0
    step = Fraction(2) ** (math.frexp(x)[1] - 1 - bits)
    rounded = float(round(Fraction(x) / step) * step)
    return rounded if abs(rounded) <= largest else math.copysign(math.inf, x)


@pytest.mark.parametrize("dtype", FORMATS)
def test_narrow_types_are_rounded_once_halves_to_even(dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(0)
    drawn = torch.randn(3000, generator=generator, dtype=torch.float64)
    bits = FORMATS[dtype][0]
    steps = torch.arange(-600, 600, dtype=torch.float64) / 2 ** (bits + 1) + 1
    almost = steps * (1 + 2.0**-45)  # float32 would take it for a half
    x = torch.cat([drawn, drawn * 2.0**-14, drawn * 2.0**15, steps, almost, -steps])
    found = convert(x, dtype)
    assert found.dtype == dtype
    assert found.double().tolist() == [_nearest(each, dtype) for each in x.tolist()]


@pytest.mark.parametrize("dtype", FORMATS)
def test_the_ends_of_narrow_types(dtype: torch.dtype) -> None:
    _, least, largest = FORMATS[dtype]
    smallest = 2.0**least
    x = [smallest, smallest * (1 - 2.0**-20), -smallest / 2, largest, largest * 1.01, -math.inf]
    found = convert(torch.tensor([*x, math.nan], dtype=torch.float64), dtype).double()
    assert found[:-1].tolist() == [smallest, 0, 0, largest, math.inf, -math.inf]
    assert not found[2].signbit()
    assert found[-1].isnan()


def test_integers_are_cut_off_and_kept_in_range() -> None:
    x = torch.tensor([2.9, -2.9, 1e30, -1e30, math.inf, math.nan], dtype=torch.float64)
    limits = torch.iinfo(torch.int64)
    wanted = [2, -2, limits.max, limits.min, limits.max, 0]
    assert convert(x, torch.int64).tolist() == wanted
    assert convert(x, torch.int8).tolist() == [2, -2, 127, -128, 127, 0]
    assert convert(x, torch.uint8).tolist() == [2, 0, 255, 0, 255, 0]


def test_float32_stands_for_float64() -> None:
    x = torch.tensor([0.1], dtype=torch.float64)
    assert convert(x, torch.float32) is x
    assert convert(torch.tensor([3]), torch.float32).dtype == torch.float64


@pytest.mark.parametrize("dtype", [torch.complex64, torch.float8_e4m3fn, torch.qint8])
def test_other_numbers_are_unknown(dtype: torch.dtype) -> None:
    with pytest.raises(UnknownOperation, match=str(dtype).removeprefix("torch.")):
        working_type(dtype)


def test_denormal_numbers_do_not_enter() -> None:
    smallest = 2.0**-126
    x = torch.tensor([smallest, -smallest, smallest / 2, -smallest / 4, -0.0, 0.1])
    found = entered(x)
    assert found.tolist() == [smallest, -smallest, 0, 0, 0, float(x[-1])]
    assert not found[3:5].signbit().any()
    wide = torch.tensor([2.0**-801, -(2.0**-700), 1e-310], dtype=torch.float64)
    assert entered(wide).tolist() == [0, -(2.0**-700), 0]
    assert entered(torch.tensor([2.0**-15, 1.0], dtype=HALF)).tolist() == [0, 1]
    assert [number(x) for x in (1e-300, -1e-300, -0.0, 0.5)] == [0, 0, 0, 0.5]


def test_what_enters_is_a_copy() -> None:
    for dtype in (torch.float16, torch.float32, torch.float64, torch.int64):
        x = torch.ones(3, dtype=dtype)
        entered(x).zero_()
        assert x.tolist() == [1, 1, 1]


def test_sparse_tensors_are_unknown() -> None:
    with pytest.raises(UnknownOperation, match="not dense"):
        entered(torch.eye(2).to_sparse())
