"""sin, cos and tan of float64 numbers, made of additions, multiplications and divisions.

x = k·π/2 + r with |r| <= π/4, where π/2 is taken in parts of 22 bits, so that k times each is
exact. That reaches to 2^30; beyond, the result is NaN by definition. Errors are about 1e-16.
"""

import math
from fractions import Fraction

import torch

from fedjury.oracle.evaluation.reference.coefficients import nearest
from fedjury.oracle.evaluation.reference.floats import settle_
from fedjury.oracle.evaluation.reference.functions import by_blocks, polynomial

_LARGEST = 2.0**30
_ROUNDER = 1.5 * 2.0**52
_TWO_OVER_PI = float.fromhex("0x1.45f306dc9c883p-1")
_HALF_PI = (
    float.fromhex("0x1.921fb00000000p+0"),
    float.fromhex("0x1.5110b00000000p-22"),
    float.fromhex("0x1.1846980000000p-44"),
    float.fromhex("0x1.3198a00000000p-69"),
)
# sin r = r·Σ (-1)ⁿ·r²ⁿ/(2n+1)! and cos r = Σ (-1)ⁿ·r²ⁿ/(2n)!; the first terms left out are below
# 1e-17 for |r| <= 0.79.
_SIN = nearest(*(Fraction((-1) ** n, math.factorial(2 * n + 1)) for n in range(9)))
_COS = nearest(*(Fraction((-1) ** n, math.factorial(2 * n)) for n in range(9)))


@by_blocks
def sin(x: torch.Tensor) -> torch.Tensor:
    """The sine."""
    return _quarter_turns(x, 0)


@by_blocks
def cos(x: torch.Tensor) -> torch.Tensor:
    """The cosine, which is the sine a quarter turn on."""
    return _quarter_turns(x, 1)


def tan(x: torch.Tensor) -> torch.Tensor:
    """sin x / cos x."""
    return settle_(sin(x).div_(cos(x)))


def _quarter_turns(x: torch.Tensor, more: int) -> torch.Tensor:
    """sin(x + more·π/2)."""
    x = torch.where(x.abs() <= _LARGEST, x, math.nan)
    rounded = (x * _TWO_OVER_PI).add_(_ROUNDER)
    turns = rounded.view(torch.int64) + more
    k = rounded - _ROUNDER
    r = x
    for part in _HALF_PI:
        r = r - k * part
    square = r * r
    sine, cosine = polynomial(square, _SIN).mul_(r), polynomial(square, _COS)
    found = torch.where((turns & 1) == 0, sine, cosine)
    return torch.where((turns & 2) == 0, found, -found)
