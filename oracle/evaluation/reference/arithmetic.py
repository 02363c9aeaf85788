"""Elementwise arithmetic: each rounding is an operation of its own, and small results are settled.

Arguments are those of torch's operations of the same names; numbers that are not tensors may stand
for either operand.
"""

import math

import torch

from fedjury.errors import UnknownOperation
from fedjury.oracle.evaluation.reference import functions
from fedjury.oracle.evaluation.reference.entering import number
from fedjury.oracle.evaluation.reference.floats import settle_, square_root

Operand = torch.Tensor | float

# Larger whole exponents are powers by exp and log.
_MULTIPLIED = 64


def multiply(x: torch.Tensor, y: Operand) -> torch.Tensor:
    """x·y."""
    return settle_(x * y)


def scaled(x: torch.Tensor, factor: float) -> torch.Tensor:
    """x·factor; x itself where the factor is 1."""
    return x if factor == 1 else multiply(x, factor)


def add(x: torch.Tensor, y: Operand, alpha: float = 1) -> torch.Tensor:
    """x + alpha·y."""
    return x + _times(y, alpha)


def subtract(x: torch.Tensor, y: Operand, alpha: float = 1) -> torch.Tensor:
    """x - alpha·y."""
    return x - _times(y, alpha)


def subtract_from(x: torch.Tensor, y: Operand, alpha: float = 1) -> torch.Tensor:
    """y - alpha·x."""
    return y - scaled(x, alpha)


def negative(x: torch.Tensor) -> torch.Tensor:
    """-x, where zero stays without a sign."""
    return 0.0 - x


def divide(x: torch.Tensor, y: Operand, rounding_mode: str | None = None) -> torch.Tensor:
    """x / y, which `rounding_mode` ("floor", "trunc") makes a whole number."""
    quotient = settle_(x / y)
    if rounding_mode is None:
        return quotient
    return (quotient.floor() if rounding_mode == "floor" else quotient.trunc()) + 0.0


def floor_divide(x: torch.Tensor, y: Operand) -> torch.Tensor:
    """The largest whole number that is not above the quotient as it is rounded."""
    return divide(x, y, "floor")


def remainder(x: torch.Tensor, y: Operand) -> torch.Tensor:
    """x - y·⌊x / y⌋."""
    return x - settle_(floor_divide(x, y) * y)


def remainder_toward_zero(x: torch.Tensor, y: Operand) -> torch.Tensor:
    """x - y·trunc(x / y)."""
    return x - settle_(divide(x, y, "trunc") * y)


def reciprocal(x: torch.Tensor) -> torch.Tensor:
    """1 / x."""
    return settle_(1.0 / x)


def square(x: torch.Tensor) -> torch.Tensor:
    """x·x."""
    return multiply(x, x)


def reciprocal_square_root(x: torch.Tensor) -> torch.Tensor:
    """1 / √x."""
    return 1.0 / square_root(x)


def add_product(
    x: torch.Tensor, a: torch.Tensor, b: torch.Tensor, value: float = 1
) -> torch.Tensor:
    """x + value·(a·b)."""
    return x + scaled(multiply(a, b), value)


def add_quotient(
    x: torch.Tensor, a: torch.Tensor, b: torch.Tensor, value: float = 1
) -> torch.Tensor:
    """x + value·(a / b)."""
    return x + scaled(divide(a, b), value)


def interpolate(start: torch.Tensor, end: torch.Tensor, weight: Operand) -> torch.Tensor:
    """start + weight·(end - start)."""
    return start + multiply(end - start, weight)


def round_to(x: torch.Tensor, decimals: int = 0) -> torch.Tensor:
    """The nearest whole number, halves to the even one.

    Raises:
        UnknownOperation: other decimals than 0.
    """
    if decimals:
        raise UnknownOperation("aten::round.decimals")
    return x.round() + 0.0


def floor(x: torch.Tensor) -> torch.Tensor:
    """The largest whole number that is not above x."""
    return x.floor()


def ceiling(x: torch.Tensor) -> torch.Tensor:
    """The smallest whole number that is not below x."""
    return x.ceil() + 0.0


def truncate(x: torch.Tensor) -> torch.Tensor:
    """x without what is behind the point."""
    return x.trunc() + 0.0


def fraction(x: torch.Tensor) -> torch.Tensor:
    """x - trunc(x)."""
    return x - x.trunc()


def power(base: Operand, exponent: Operand) -> torch.Tensor:
    """base to the exponent.

    A number that is whole and at most 64, or ±0.5, as exponent is done by multiplications (squares
    first), a root and a division; anything else is e^(exponent · log |base|), negative for a
    negative base and an odd exponent.
    """
    if not isinstance(exponent, torch.Tensor) and isinstance(base, torch.Tensor):
        if abs(exponent) <= _MULTIPLIED and exponent == int(exponent):
            whole = _whole_power(base, abs(int(exponent)))
            return whole if exponent >= 0 else reciprocal(whole)
        if abs(exponent) == 0.5:
            return square_root(base) if exponent > 0 else reciprocal_square_root(base)
    return _general_power(_as_tensor(base), _as_tensor(exponent))


def _whole_power(base: torch.Tensor, exponent: int) -> torch.Tensor:
    result, power_of_base = torch.ones_like(base), base
    while exponent:
        if exponent % 2:
            result = multiply(result, power_of_base)
        exponent //= 2
        if exponent:
            power_of_base = square(power_of_base)
    return result


def _general_power(base: torch.Tensor, exponent: torch.Tensor) -> torch.Tensor:
    magnitude = functions.exp(multiply(exponent, functions.log(base.abs())))
    whole = exponent == exponent.floor()
    odd = whole & (exponent.abs() < 2.0**53) & (remainder(exponent, 2.0) == 1.0)
    signed = torch.where((base < 0) & odd, 0.0 - magnitude, magnitude)
    signed = torch.where((base < 0) & ~whole, math.nan, signed)
    return torch.where((exponent == 0) | (base == 1), 1.0, signed)


def _times(y: Operand, factor: float) -> Operand:
    return scaled(y, factor) if isinstance(y, torch.Tensor) else number(y * factor)


def _as_tensor(x: Operand) -> torch.Tensor:
    return x if isinstance(x, torch.Tensor) else torch.tensor(x, dtype=torch.float64)
