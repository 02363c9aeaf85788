"""float64 numbers by their bits, and the rule that keeps underflow out of the reference.

A processor may be told to treat denormal numbers as zero, so no result may depend on them. Every
product, quotient and function's value whose magnitude is below `SMALLEST` is zero by definition.
What remains is a multiple of 2^-852, and sums of such numbers, rounded or not, are again multiples
of it; so additions need no rule of their own, and no number of the reference is ever denormal.
"""

import math

import torch

SMALLEST = 2.0**-800
_BELOW_SMALLEST = math.nextafter(SMALLEST, 0.0)

# Layout of a float64: 52 bits of fraction below 11 of the exponent, which is stored plus 1023.
FRACTION_BITS = 52
EXPONENT_BIAS = 1023
NOT_FINITE = 2047


def exponent_fields(magnitudes: torch.Tensor) -> torch.Tensor:
    """The stored exponents of numbers that are not negative: int64, the same shape.

    Args:
        magnitudes: float64; a NaN may have any sign.

    Returns:
        0 for zero (and for denormal numbers), `NOT_FINITE` for infinity and NaN, otherwise e + 1023
        where 2^e is the largest power of two that is not above the number.
    """
    bits = magnitudes.contiguous().view(torch.int64)
    return (bits >> FRACTION_BITS) & NOT_FINITE


def powers_of_two(exponents: torch.Tensor) -> torch.Tensor:
    """2^e for whole numbers e from -1022 to 1023: float64 of the same shape, made of bits."""
    return ((exponents + EXPONENT_BIAS) << FRACTION_BITS).view(torch.float64)


def settle_(values: torch.Tensor) -> torch.Tensor:
    """Make zero, in place, what is below `SMALLEST` in magnitude; returns the same tensor."""
    return values.masked_fill_(values.abs() <= _BELOW_SMALLEST, 0.0)
