"""Numbers that come into the reference from outside: weights, inputs, constants of a module."""

import torch

from fedjury.errors import UnknownOperation
from fedjury.oracle.evaluation.reference.casts import convert, working_type
from fedjury.oracle.evaluation.reference.floats import settle_

# The smallest normal float32: what is below is zero by definition.
_SMALLEST_FLOAT32 = 2.0**-126
_SMALLEST_NUMBER = 2.0**-800


def entered(tensor: torch.Tensor) -> torch.Tensor:
    """A new tensor with what stands for these numbers, contiguous.

    float32 becomes float64, without denormal numbers; float64 is settled; narrower floats lose
    their denormal numbers; others stay what they are.

    Raises:
        UnknownOperation: complex numbers or others that the reference does not know, or a tensor
            that is not dense.
    """
    if tensor.layout != torch.strided:
        raise UnknownOperation("tensors that are not dense")
    kind, plain = tensor.dtype, tensor.detach()
    target = working_type(kind)
    if not kind.is_floating_point:
        return plain.clone()
    wide = plain.to(torch.float64, memory_format=torch.contiguous_format, copy=True)
    if kind == torch.float32:
        return wide.masked_fill_(wide.abs() < _SMALLEST_FLOAT32, 0.0)
    return convert(settle_(wide), target)


def number(value: float) -> float:
    """A number that is not below 2^-800 in magnitude, or zero without a sign."""
    return 0.0 if abs(value) < _SMALLEST_NUMBER else value
