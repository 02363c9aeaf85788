"""The arithmetic of one pass, and what is known of its rounding.

Standard model (Higham 2002, Accuracy and Stability of Numerical Algorithms, chapters 2 and 3): an
operation on numbers of a type errs by at most its unit roundoff u, relatively, unless the result is
too small for a normal number. A sum of k products taken in any order, with or without fused
multiply-add, errs by at most γ_k · Σ|products|, with γ_k = k·u / (1 − k·u).
"""

from dataclasses import dataclass

import torch

# What all products and sums of one layer lose together where they are too small for float32's
# normal numbers, 2^-126 each, relative to (1 + ‖x‖)·(1 + ‖W‖); enough for layers of 2^20 inputs.
UNDERFLOW = 2.0**-100
# Bounds are sums of a few float64 numbers: this covers their own rounding, and that of norms.
SLACK = 1 + 2.0**-16


@dataclass(frozen=True)
class Arithmetic:
    """A floating-point type and how products of matrices are taken in it.

    Attributes:
        dtype: the type.
        unit: its unit roundoff u.
        block: so many terms of a product are left to the library, in whatever order it adds
            them; blocks are added one after the other, which bounds the rounding of a long sum.
    """

    dtype: torch.dtype
    unit: float
    block: int

    def gamma(self, terms: int) -> float:
        """γ of so many roundings; infinite where the bound says nothing."""
        share = terms * self.unit
        return share / (1 - share) if share < 0.5 else float("inf")

    def roundings(self, terms: int) -> int:
        """How often any term of a product of so many terms is rounded at most."""
        return min(terms, self.block) + -(-terms // self.block)


FLOAT32 = Arithmetic(torch.float32, 2.0**-24, block=112)
FLOAT64 = Arithmetic(torch.float64, 2.0**-53, block=2**20)


def product(x: torch.Tensor, matrix: torch.Tensor, block: int) -> torch.Tensor:
    """x · matrix, blocks of so many terms added one after the other.

    Args:
        x: (..., rows, terms).
        matrix: (..., terms, columns), of the same type.
        block: terms that the library may add in any order.
    """
    total = torch.matmul(x[..., :block], matrix[..., :block, :])
    for start in range(block, x.shape[-1], block):
        stop = start + block
        total += torch.matmul(x[..., start:stop], matrix[..., start:stop, :])
    return total
