"""A model's weights in the types of the passes, with the norms that bounds need."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from fedjury.oracle.evaluation.fast.approximation import norm_slack
from fedjury.oracle.evaluation.fast.arithmetic import SLACK
from fedjury.protocol.tensors import Tensors

# Squarings of the Gram matrix for the operator norm; large matrices get one.
_SQUARINGS = 3
_LARGE = 512
# float32's bits: those beside the sign, and as many denormal numbers there are of one sign.
_MAGNITUDE, _DENORMAL = np.uint32(0x7FFFFFFF), np.uint32(0x7FFFFF)
_AT_A_TIME = 1 << 18  # numbers
# Bytes of a tensor that is kept beside itself in another type.
_KEPT_BYTES = 2**24
# Rows that are compared pair by pair.
_FEW = 32


class PassWeights:
    """Weights of one evaluation; types and norms are worked out when asked for, once.

    Attributes:
        tensors: float32, without denormal numbers.
    """

    def __init__(self, tensors: Tensors) -> None:
        self.tensors = tensors
        self._typed: dict[tuple[str, torch.dtype], torch.Tensor] = {}
        self._row_norms: dict[str, torch.Tensor] = {}
        self._norms: dict[tuple[str, str], float] = {}

    @classmethod
    def of(cls, tensors: Tensors) -> "PassWeights":
        """Any weights: denormal numbers are zero, as the reference has it."""
        return cls({name: without_denormals(tensor) for name, tensor in tensors.items()})

    def typed(self, name: str, dtype: torch.dtype) -> torch.Tensor:
        """A tensor in a pass's type; a large one is converted anew each time."""
        key = name, dtype
        if key in self._typed:
            return self._typed[key]
        typed = self.tensors[name].to(dtype)
        if typed.nbytes <= _KEPT_BYTES:
            self._typed[key] = typed
        return typed

    def matrix(self, name: str) -> torch.Tensor:
        """A tensor as a float64 matrix of its first dimension by all others."""
        tensor = self.typed(name, torch.float64)
        return tensor.reshape(tensor.shape[0], -1)

    def row_norms(self, name: str) -> torch.Tensor:
        """At least the Euclidean norms of the matrix's rows: float64 (rows,)."""
        if name not in self._row_norms:
            self._row_norms[name] = _row_norms(self.matrix(name))
        return self._row_norms[name]

    def frobenius(self, name: str, groups: int = 1) -> float:
        """At least the Frobenius norm of the matrix, or the largest of so many groups of rows."""
        return self._once(
            f"frobenius of {groups}",
            name,
            lambda: max(_length(rows) for rows in self.row_norms(name).chunk(groups)),
        )

    def longest_row(self, name: str) -> float:
        """At least the largest of the rows' norms."""
        return self._once("row", name, lambda: float(self.row_norms(name).max()))

    def apart(self, name: str) -> float:
        """At least the norm of the difference of any two of the matrix's rows."""
        return self._once("apart", name, lambda: self._apart(name))

    def operator(self, name: str, groups: int = 1) -> float:
        """At least the largest factor by which the matrix, or a group of rows, lengthens a vector.

        Args:
            name: of the matrix.
            groups: of its rows, all of one size.
        """
        return self._once(f"operator of {groups}", name, lambda: self._operator(name, groups))

    def length(self, name: str | None) -> float:
        """At least the Euclidean norm of a tensor; 0 where there is none."""
        if name is None:
            return 0.0
        return self._once("length", name, lambda: _length(self.typed(name, torch.float64)))

    def largest(self, name: str | None) -> float:
        """The largest absolute entry of a tensor; 0 where there is none."""
        if name is None:
            return 0.0
        return self._once("largest", name, lambda: float(self.tensors[name].abs().max()))

    def _operator(self, name: str, groups: int) -> float:
        matrix = self.matrix(name)
        rows, columns = matrix.shape
        return operator_norm(matrix.reshape(groups, rows // groups, columns))

    def _apart(self, name: str) -> float:
        matrix = self.matrix(name)
        if len(matrix) > _FEW:
            return 2 * self.longest_row(name)
        pairs = (matrix[:, None] - matrix[None]).flatten(0, 1)
        return float(_row_norms(pairs).max()) * SLACK

    def _once(self, what: str, name: str, find: Callable[[], float]) -> float:
        key = what, name
        if key not in self._norms:
            self._norms[key] = find()
        return self._norms[key]


def without_denormals(tensor: torch.Tensor) -> torch.Tensor:
    """The float32 numbers, those below the smallest normal one zero.

    By their bits, since a processor that is told to take denormal numbers for zero says that there
    are none.
    """
    flat = tensor.detach().reshape(-1)
    if not any(_are_small(part).any() for part in torch.split(flat, _AT_A_TIME)):
        return tensor
    return tensor.masked_fill(torch.from_numpy(_are_small(flat)).reshape(tensor.shape), 0.0)


def _are_small(numbers: torch.Tensor) -> NDArray[np.bool_]:
    bits = numbers.numpy().view(np.uint32) & _MAGNITUDE
    # denormal numbers are 1 to 2^23 - 1, and zero wraps around
    small: NDArray[np.bool_] = bits - np.uint32(1) < _DENORMAL
    return small


def operator_norm(matrices: torch.Tensor) -> float:
    """At least the largest singular value of any of some float64 matrices, (..., rows, columns).

    That is the largest eigenvalue's root of the Gram matrix G, which is at most the 2^k-th root of
    the Frobenius norm of G^(2^k). Rounding moves every entry of a power by far less than 2^-30 of
    its norm. NaN or infinite where an entry is.
    """
    rows, columns = matrices.shape[-2:]
    turned = matrices.transpose(-2, -1)
    gram = matrices @ turned if rows <= columns else turned @ matrices
    smaller, root = gram.shape[-1], 2.0
    scale = torch.ones_like(gram[..., :1, :1])
    turns = _SQUARINGS if smaller <= _LARGE else 1
    for turn in range(turns + 1):
        size = torch.linalg.matrix_norm(gram, keepdim=True)
        scale *= size ** (1 / root)
        if turn < turns:
            gram = gram / torch.where(size == 0, 1.0, size)
            gram, root = gram @ gram, root * 2
    return float(scale.max()) * (1 + smaller * 2.0**-20)


def _row_norms(matrix: torch.Tensor) -> torch.Tensor:
    lengths: torch.Tensor = torch.linalg.vector_norm(matrix, dim=1)
    return lengths * norm_slack(matrix)


def _length(values: torch.Tensor) -> float:
    flat = values.reshape(1, -1)
    return float(torch.linalg.vector_norm(flat)) * norm_slack(flat) * SLACK
