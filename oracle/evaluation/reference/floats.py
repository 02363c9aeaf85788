"""float64 numbers by their bits, and the rule that keeps underflow out of the reference.

A processor may be told to treat denormal numbers as zero, so no result may depend on them. By
definition every product, quotient and value of a function is settled: rounded to a multiple of
2^-800, where it is so small that this makes a difference, and zero has no sign. Sums of such
numbers, rounded or not, are again multiples of 2^-801, so additions need no rule of their own: no
number of the reference is ever denormal.
"""

import numpy as np
import torch

# Layout of a float64: 52 bits of fraction below 11 of the exponent, which is stored plus 1023.
FRACTION_BITS = 52
EXPONENT_BIAS = 1023
NOT_FINITE = 2047

# Added to a small number it leaves of it a multiple of 2^-800; numbers from 2^-694 on stay.
_SETTLER = 1.5 * 2.0 ** (FRACTION_BITS - 800)


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
    """Settle float64 values in place, by an addition and a subtraction; returns the same tensor.

    A settled value differs from the value by at most 2^-801 or, below 2^-694, by at most 2^-52 of
    it, whichever is more. Nothing not finite changes.
    """
    return values.add_(_SETTLER).sub_(_SETTLER)


def square_root(values: torch.Tensor) -> torch.Tensor:
    """√ of float64 values, rounded once: a new tensor.

    NumPy has it of the processor, which rounds as IEEE 754 says; torch's own may come from a
    library that does not.
    """
    with np.errstate(invalid="ignore"):
        roots = np.sqrt(values.reshape(-1).numpy())
    return torch.from_numpy(roots).view(values.shape)
