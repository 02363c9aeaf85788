"""e^x in float32 with a proven bound, by separate IEEE operations."""

import math

import torch

# The exponential is right to this, relatively, for arguments between SMALLEST and LARGEST.
RELATIVE_ERROR = 2.0**-18
SMALLEST, LARGEST = -60.0, 32.0

_LOG2_E = 1 / math.log(2)
# ln 2 in two parts; whole numbers of at most 7 bits times the first are exact in float32.
_HIGH = 0.693145751953125
_LOW = math.log(2) - _HIGH
_FACTORS = [torch.tensor(1 / math.factorial(power), dtype=torch.float32) for power in range(6)]
_BIAS, _MANTISSA = 127, 23


def exp_(x: torch.Tensor) -> torch.Tensor:
    """e^x for float32 x, which is overwritten; arguments below `SMALLEST` count as that.

    x = k·ln 2 + r with |r| ≤ 0.347 and k whole. Taking k·ln 2 away errs by at most 2^-25 (k·_HIGH
    is exact, x less that is below 1/2 and rounded once, and so is the difference; k·_LOW is below
    2^-12, and all that is lost of it below 2^-36). The series of e^r up to r^5/5! leaves out less
    than 2^-18.2 of it; Horner's rule adds roundings of less than 2^-22 of it together, with fused
    multiply-add or without; the power of two is exact.
    """
    x.clamp_(SMALLEST, LARGEST)
    whole = (x * _LOG2_E).round_()
    x.sub_(whole, alpha=_HIGH).sub_(whole, alpha=_LOW)
    series = _FACTORS[-1]
    for factor in reversed(_FACTORS[:-1]):
        series = torch.addcmul(factor, series, x)
    powers = whole.to(torch.int32).add_(_BIAS).bitwise_left_shift_(_MANTISSA)
    return series.mul_(powers.view(torch.float32))
