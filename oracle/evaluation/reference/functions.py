"""Elementary functions of float64 numbers, made of additions, multiplications and divisions.

Libraries differ in the last bits of exp, log, tanh, sin and erf. Here each is a sequence of
elementwise torch operations, every one of them a single IEEE operation (or a shift or addition of
bits), so that there is one result everywhere. Errors are a few units in the last place where
nothing else is said. Where an intermediate can be denormal, it is added to something so much larger
that it makes no difference.

Every function takes a float64 tensor of any shape and returns a new one of that shape; NaN gives
NaN, and results are settled (`floats`).
"""

import math
from collections.abc import Callable

import torch

from fedjury.oracle.evaluation.reference.coefficients import (
    ATANH,
    ERF,
    EXP,
    LN2,
    LN2_HIGH,
    LN2_LOW,
    LOG2_E,
    LOG10_E,
    SCALED_ERFC,
    SCALED_ERFC_CENTRE,
)
from fedjury.oracle.evaluation.reference.floats import EXPONENT_BIAS, FRACTION_BITS, settle_

Function = Callable[[torch.Tensor], torch.Tensor]

# Numbers taken at a time, so that what a function computes on the way stays in the cache.
_BLOCK = 2**15
# Added to a number it leaves a whole number, in the lowest bits of the sum.
_ROUNDER = 1.5 * 2.0**FRACTION_BITS
# Beyond, exp is settled to zero or infinite.
_LEAST_EXPONENT, _LARGEST_EXPONENT = -600.0, 710.0
# tanh is 1 in float64 from about 19.1.
_TANH_IS_ONE = 20.0
_ROOT_HALF_BITS = 0x3FE6A09E667F3BCD
_ERF_SERIES_TO = 0.5


def by_blocks(function: Function) -> Function:
    """The same function, applied to a block of numbers at a time; its results are settled."""

    def apply(x: torch.Tensor) -> torch.Tensor:
        flat = x.reshape(-1)
        result = torch.empty_like(flat, memory_format=torch.contiguous_format)
        for start in range(0, len(flat), _BLOCK):
            block = function(flat[start : start + _BLOCK])
            result[start : start + _BLOCK] = settle_(block)
        return result.view(x.shape)

    apply.__doc__ = function.__doc__
    return apply


def polynomial(x: torch.Tensor, coefficients: tuple[float, ...]) -> torch.Tensor:
    """c₀ + c₁·x + c₂·x² + ... by Horner's rule, product and sum as operations of their own."""
    result = x * coefficients[-1]
    for coefficient in coefficients[-2:0:-1]:
        result += coefficient
        result *= x
    result += coefficients[0]
    return result


def _reduced(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """r and 2^(k-1), where x = k·ln 2 + r and |r| is at most about 0.35."""
    x = x.clamp(_LEAST_EXPONENT, _LARGEST_EXPONENT)
    rounded = (x * LOG2_E).add_(_ROUNDER)
    half_power = (rounded.view(torch.int64) << FRACTION_BITS).add_(
        (EXPONENT_BIAS - 1) << FRACTION_BITS
    )
    whole = rounded.sub_(_ROUNDER)
    x.sub_(whole, alpha=LN2_HIGH)  # the product is exact
    x -= whole.mul_(LN2_LOW)
    return x, half_power.view(torch.float64)


@by_blocks
def exp(x: torch.Tensor) -> torch.Tensor:
    """e^x: e^r by its Taylor series, times 2^k."""
    r, half_power = _reduced(x)
    # The two factors of 2^k one after the other, since 2^1024 is not a number.
    return polynomial(r, EXP).mul_(2.0).mul_(half_power)


def _expm1(x: torch.Tensor) -> torch.Tensor:
    r, half_power = _reduced(x)
    # (e^r - 1)·2^k + (2^k - 1), without the 1 that e^r - 1 would lose its last bits to.
    less_one = polynomial(r, (0.0, *EXP[1:])).mul_(2.0).mul_(half_power)
    return less_one.add_(half_power.mul_(2.0).sub_(1.0))


@by_blocks
def expm1(x: torch.Tensor) -> torch.Tensor:
    """e^x - 1."""
    return _expm1(x)


@by_blocks
def exp2(x: torch.Tensor) -> torch.Tensor:
    """2^x."""
    return exp(x * LN2)


@by_blocks
def sinh(x: torch.Tensor) -> torch.Tensor:
    """(e^x - e^-x) / 2 = (t + t / (t + 1)) / 2 where t = e^x - 1, with x's sign put aside."""
    grown = _expm1(x.abs())
    half = (grown / (grown + 1.0)).add_(grown).mul_(0.5)
    half = torch.where(grown == math.inf, grown, half)
    return torch.where(x < 0, -half, half)


@by_blocks
def cosh(x: torch.Tensor) -> torch.Tensor:
    """(e^x + e^-x) / 2."""
    return exp(x).add_(exp(-x)).mul_(0.5)


@by_blocks
def tanh(x: torch.Tensor) -> torch.Tensor:
    """The hyperbolic tangent, t / (t + 2) where t = e^2x - 1."""
    grown = _expm1(x.clamp(-_TANH_IS_ONE, _TANH_IS_ONE).mul_(2.0))
    return grown / (grown + 2.0)


@by_blocks
def sigmoid(x: torch.Tensor) -> torch.Tensor:
    """1 / (1 + e^-x)."""
    return exp(-x).add_(1.0).reciprocal_()


def _log(x: torch.Tensor, unit: float, high: float, low: float) -> torch.Tensor:
    """log x in units, where ln 2 is high + low units and 1 is `unit` units.

    x = 2^k·m with m from √½ to √2, and log m = 2·atanh((m - 1) / (m + 1)).
    """
    bits = x.contiguous().view(torch.int64)
    exponent = (bits - _ROOT_HALF_BITS) >> FRACTION_BITS
    m = (bits - (exponent << FRACTION_BITS)).view(torch.float64)
    f = (m - 1.0).div_(m + 1.0)
    log_m = polynomial(f * f, ATANH).mul_(f).mul_(unit)
    k = exponent.to(torch.float64)
    result = log_m.add_(k * low).add_(k.mul_(high))
    least, largest = torch.aminmax(x)
    if bool(least > 0) and bool(largest < math.inf):
        return result
    result = torch.where(x > 0, result, math.nan).masked_fill_(x == 0, -math.inf)
    return result.masked_fill_(x == math.inf, math.inf)


@by_blocks
def log(x: torch.Tensor) -> torch.Tensor:
    """The natural logarithm; -inf at 0, NaN below."""
    return _log(x, 1.0, LN2_HIGH, LN2_LOW)


@by_blocks
def log2(x: torch.Tensor) -> torch.Tensor:
    """The logarithm to the base of 2, exact for powers of two."""
    return _log(x, LOG2_E, 1.0, 0.0)


@by_blocks
def log10(x: torch.Tensor) -> torch.Tensor:
    """The logarithm to the base of 10."""
    return log(x).mul_(LOG10_E)


@by_blocks
def log1p(x: torch.Tensor) -> torch.Tensor:
    """log(1 + x): what the sum's rounding took from x, relative to the sum, is added again."""
    total = x + 1.0
    lost = torch.where((total - 1.0) == x, 0.0, x - (total - 1.0))
    lost.div_(torch.where(total == 0, 1.0, total))
    return _log(total, 1.0, LN2_HIGH, LN2_LOW).add_(lost)


def _erfc_of_magnitude(magnitude: torch.Tensor) -> torch.Tensor:
    """erfc(x) = e^(-x²)·S / (1 + 2x) for x >= 0; S is a Chebyshev sum in (x - c) / (x + c)."""
    x = magnitude.clamp(max=30.0)  # where it is settled to zero
    position = (x - SCALED_ERFC_CENTRE).div_(x + SCALED_ERFC_CENTRE)
    scaled = polynomial(position, SCALED_ERFC)
    scaled.div_((x * 2.0).add_(1.0))
    return scaled.mul_(exp(-(x * x)))


@by_blocks
def erfc(x: torch.Tensor) -> torch.Tensor:
    """1 - erf(x), to about 1e-15·(1 + x²) of itself."""
    of_magnitude = _erfc_of_magnitude(x.abs())
    return torch.where(x < 0, 2.0 - of_magnitude, of_magnitude)


@by_blocks
def erf(x: torch.Tensor) -> torch.Tensor:
    """The error function: its Taylor series near zero, 1 - erfc(x) elsewhere."""
    far = 1.0 - _erfc_of_magnitude(x.abs())
    far = torch.where(x < 0, -far, far)
    near = x.clamp(-_ERF_SERIES_TO, _ERF_SERIES_TO)
    near = polynomial(near * near, ERF).mul_(near)
    return torch.where(x.abs() < _ERF_SERIES_TO, near, far)
