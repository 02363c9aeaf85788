"""Products of the samples with the first linear layers of several models at once.

A wide product is faster than several narrow ones, and what it gives can be kept: products of sums
of weights are sums of products.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from fedjury.oracle.evaluation.fast.approximation import Approximation
from fedjury.oracle.evaluation.fast.arithmetic import Arithmetic, product_in_parts

# Samples at a time, and those among them whose products stay in the cache.
_ROWS, _CACHED = 5000, 1024
# Models that are multiplied with at once.
GROUP = 8


@dataclass(frozen=True)
class SampleMatrix:
    """The samples as rows of a matrix.

    Attributes:
        rows: float32 (n, inputs), without denormal numbers.
        norms: at least the rows' Euclidean norms, float64 (n,).
    """

    rows: torch.Tensor
    norms: torch.Tensor

    @classmethod
    def of(cls, x: torch.Tensor) -> "SampleMatrix":
        """Samples of any shape, flattened."""
        flat = x.reshape(len(x), -1)
        return cls(flat, Approximation.exact(flat).norms())

    def products(
        self, matrices: Sequence[torch.Tensor], arithmetic: Arithmetic
    ) -> Iterator[tuple[slice, list[torch.Tensor]]]:
        """x · Wᵀ for several W of one shape, some samples after the other.

        Args:
            matrices: float32 (outputs, inputs) each.
            arithmetic: one of the float32 ones.

        Yields:
            Which samples, and for each W its products with them: float32 (rows, outputs), each of
            them rounded at most `arithmetic.roundings(inputs)` times.
        """
        wide = torch.cat(list(matrices)).t().contiguous()
        outputs = matrices[0].shape[0]
        for start in range(0, len(self.rows), _ROWS):
            part = slice(start, min(start + _ROWS, len(self.rows)))
            found = product_in_parts(self.rows[part], wide, arithmetic, _CACHED)
            yield part, list(torch.split(found, outputs, dim=1))
