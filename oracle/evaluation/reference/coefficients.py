"""Coefficients of the elementary functions' polynomials, lowest power first."""

import math
from fractions import Fraction


def nearest(*values: Fraction) -> tuple[float, ...]:
    """The nearest float64 of each; Python divides whole numbers with one rounding."""
    return tuple(value.numerator / value.denominator for value in values)


# ln 2 in two parts: a whole number below 2^11 times the first is exact.
LN2_HIGH = float.fromhex("0x1.62e42fee00000p-1")
LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
LN2 = float.fromhex("0x1.62e42fefa39efp-1")
LOG10_E = float.fromhex("0x1.bcb7b1526e50ep-2")
LOG2_E = float.fromhex("0x1.71547652b82fep+0")

# e^r = Σ rⁿ/n!; the first term left out is below 5e-18 for |r| <= 0.35.
EXP = nearest(*(Fraction(1, math.factorial(n)) for n in range(14)))

# 2·atanh(f) = f·Σ 2/(2n+1)·f²ⁿ; the first term left out is below 1e-18 of it for |f| <= 0.1716.
ATANH = nearest(*(Fraction(2, 2 * n + 1) for n in range(11)))

# erf(x) = x·(2/√π)·Σ (-1)ⁿ/(n!·(2n+1))·x²ⁿ; the first term left out is below 1e-18 of it for
# |x| <= 0.5.
_TWO_OVER_ROOT_PI = Fraction(float.fromhex("0x1.20dd750429b6dp+0"))
_TWO_OVER_ROOT_PI_REST = Fraction(float.fromhex("0x1.1ae3a914fed80p-56"))
ERF = nearest(
    *(
        (_TWO_OVER_ROOT_PI + _TWO_OVER_ROOT_PI_REST)
        * Fraction((-1) ** n, math.factorial(n) * (2 * n + 1))
        for n in range(13)
    )
)

# (1 + 2x)·e^(x²)·erfc(x) for x >= 0 as a polynomial in (x - c) / (x + c): the Chebyshev sum of
# degree 21 that interpolates it, in powers; off by at most 4e-16 of it. The form is that of
# Shepherd and Laframboise, "Chebyshev approximation of (1 + 2x)exp(x²)erfc x in 0 <= x < ∞",
# Mathematics of Computation 36 (1981); c and the coefficients are of our own computation.
SCALED_ERFC_CENTRE = 3.5
SCALED_ERFC = (
    1.2423492448711544,
    -0.1400091801376261,
    -0.010555596332228639,
    0.09751909515384956,
    -0.11508959815975195,
    0.08798315380941167,
    -0.04882332583523347,
    0.019099331128772476,
    -0.004215019844978531,
    -0.00030226912344206617,
    0.0005643841044907852,
    -0.00012150735579328694,
    -4.2781267582158006e-05,
    2.42478383463427e-05,
    2.3264484905380665e-06,
    -3.7926480612187637e-06,
    -4.2033418093875594e-08,
    5.776043883970019e-07,
    -9.400597527840396e-09,
    -7.964393647370803e-08,
    9.974108937015176e-10,
    6.9218472424089395e-09,
)
