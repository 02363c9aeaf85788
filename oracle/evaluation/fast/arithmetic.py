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
        long_block: so many terms of a product are left to the library, in whatever order it adds
            them; blocks are added one after the other, which bounds the rounding of a long sum.
        short_block: the same for short products, of which all costs little.
        largest: numbers of at most this can be added, and rounded, without coming near infinity;
            the reference's are finite then too.
    """

    dtype: torch.dtype
    unit: float
    long_block: int
    short_block: int
    largest: float

    def gamma(self, terms: int) -> float:
        """γ of so many roundings; infinite where the bound says nothing."""
        share = terms * self.unit
        return share / (1 - share) if share < 0.5 else float("inf")

    def block(self, terms: int) -> int:
        """How many of a product's terms are left to the library at a time."""
        return self.short_block if terms <= _SHORT else self.long_block

    def roundings(self, terms: int) -> int:
        """How often any term of a product of so many terms is rounded at most."""
        block = self.block(terms)
        return min(terms, block) + -(-terms // block)

    def unless_beyond(self, error: torch.Tensor, reach: torch.Tensor) -> torch.Tensor:
        """A bound on an error, (n,); infinite where some number on the way may be infinite.

        Infinity may become an ordinary number again, in a ReLU for one, so that it has to be
        noticed where it can first come up.

        Args:
            error: the bound as long as everything is finite, (n,).
            reach: no number on the way is larger than this, (n,).
        """
        return torch.where(reach <= self.largest, error, torch.inf)


# Terms of a product that is short, and columns of one that is narrow.
_SHORT, _NARROW = 256, 32
FLOAT32 = Arithmetic(torch.float32, 2.0**-24, long_block=196, short_block=32, largest=2.0**120)
# For losses, and products that are kept and added: a tenth longer, and a third of the error.
FLOAT32_FINE = Arithmetic(torch.float32, 2.0**-24, long_block=56, short_block=16, largest=2.0**120)
FLOAT64 = Arithmetic(
    torch.float64, 2.0**-53, long_block=2**20, short_block=_SHORT, largest=2.0**900
)


def product(x: torch.Tensor, matrix: torch.Tensor, arithmetic: Arithmetic) -> torch.Tensor:
    """x · matrix, blocks of terms added one after the other.

    Args:
        x: (..., rows, terms).
        matrix: (..., terms, columns).
        arithmetic: of both.
    """
    if x.dim() == matrix.dim() == 2 and matrix.shape[1] < _NARROW <= len(x):
        # libraries are slow where a product has few columns
        return product(matrix.t(), x.t(), arithmetic).t()
    block = arithmetic.block(x.shape[-1])
    total = torch.matmul(x[..., :block], matrix[..., :block, :])
    _add_blocks(x, matrix, block, total)
    return total


def product_in_parts(
    x: torch.Tensor, matrix: torch.Tensor, arithmetic: Arithmetic, rows: int
) -> torch.Tensor:
    """The same for two matrices, so many rows at a time, so that what is added stays in the cache.

    Args:
        x: (n, terms).
        matrix: (terms, columns).
        arithmetic: of both.
        rows: at a time.
    """
    total = x.new_empty((len(x), matrix.shape[1]))
    block = arithmetic.block(x.shape[1])
    for part, sums in zip(torch.split(x, rows), torch.split(total, rows), strict=True):
        torch.matmul(part[:, :block], matrix[:block], out=sums)
        _add_blocks(part, matrix, block, sums)
    return total


def _add_blocks(x: torch.Tensor, matrix: torch.Tensor, block: int, total: torch.Tensor) -> None:
    """Add to the product of the first block those of the others."""
    part = torch.empty_like(total) if block < x.shape[-1] else total
    for start in range(block, x.shape[-1], block):
        stop = start + block
        total += torch.matmul(x[..., start:stop], matrix[..., start:stop, :], out=part)
