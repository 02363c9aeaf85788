"""Products of matrices and vectors, as torch's operations have them, by `products.multiply`."""

import math

import torch

from fedjury.oracle.evaluation.reference import sums
from fedjury.oracle.evaluation.reference.arithmetic import divide, scaled
from fedjury.oracle.evaluation.reference.arithmetic import multiply as times
from fedjury.oracle.evaluation.reference.products import multiply
from fedjury.oracle.evaluation.reference.reductions import norm

# Numbers that are computed at a time where they are many more than the result has.
_ENTRIES = 2**18


def matrix_vector(matrix: torch.Tensor, vector: torch.Tensor) -> torch.Tensor:
    """(m, k) by (k,): (m,)."""
    return multiply(matrix, vector[:, None])[:, 0]


def dot(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """(k,) by (k,): a number."""
    return multiply(x[None], y[:, None])[0, 0]


def outer(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """(m,) by (n,): (m, n)."""
    return times(x[:, None], y[None])


def linear(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
    """(..., k) by (n, k): (..., n), and the bias added."""
    product = multiply(x.reshape(-1, x.shape[-1]), weight.t())
    product = product if bias is None else product.add_(bias)
    return product.view(*x.shape[:-1], len(weight))


def add_matrix_product(
    added: torch.Tensor, a: torch.Tensor, b: torch.Tensor, beta: float = 1, alpha: float = 1
) -> torch.Tensor:
    """beta·added + alpha·(a·b), for matrices and batches of them; beta of 0 leaves `added` out."""
    return _combined(added, multiply(a, b), beta, alpha)


def add_matrix_vector(
    added: torch.Tensor, a: torch.Tensor, x: torch.Tensor, beta: float = 1, alpha: float = 1
) -> torch.Tensor:
    """beta·added + alpha·(a·x)."""
    return _combined(added, matrix_vector(a, x), beta, alpha)


def add_summed_products(
    added: torch.Tensor, a: torch.Tensor, b: torch.Tensor, beta: float = 1, alpha: float = 1
) -> torch.Tensor:
    """beta·added + alpha·Σ aᵢ·bᵢ over a batch of matrices, as one product of long rows."""
    rows = a.transpose(0, 1).reshape(a.shape[1], -1)
    columns = b.reshape(-1, b.shape[2])
    return _combined(added, multiply(rows, columns), beta, alpha)


def add_outer(
    added: torch.Tensor, x: torch.Tensor, y: torch.Tensor, beta: float = 1, alpha: float = 1
) -> torch.Tensor:
    """beta·added + alpha·x·yᵀ."""
    return _combined(added, outer(x, y), beta, alpha)


def trilinear(
    first: torch.Tensor,
    second: torch.Tensor,
    third: torch.Tensor,
    expand1: list[int],
    expand2: list[int],
    expand3: list[int],
    sumdim: list[int],
    unroll_dim: int = 1,
) -> torch.Tensor:
    """Three tensors, each with dimensions of size 1 put in, multiplied and summed."""
    factors = [
        _with_ones(tensor, places)
        for tensor, places in ((first, expand1), (second, expand2), (third, expand3))
    ]
    count = max(len(each) for each in factors)
    whole = [max(sizes) for sizes in zip(*(each.shape for each in factors), strict=True)]
    several = max(_ENTRIES * count // max(math.prod(whole), 1), 1) if 0 not in sumdim else count
    parts = []
    for start in range(0, count, several):
        some = slice(start, start + several)
        a, b, c = (each[some] if len(each) > 1 else each for each in factors)
        parts.append(sums.total(times(times(a, b), c), sumdim))
    return torch.cat(parts)


def distances(
    x: torch.Tensor, y: torch.Tensor, p: float = 2, compute_mode: int | None = None
) -> torch.Tensor:
    """‖xᵢ - yⱼ‖ in the p-norm: (..., m, k) and (..., n, k) give (..., m, n)."""
    several = max(_ENTRIES * x.shape[-2] // max(x.numel() * y.shape[-2], 1), 1)
    columns = y[..., None, :, :]
    rows = [norm(some[..., :, None, :] - columns, p, -1) for some in torch.split(x, several, -2)]
    return torch.cat(rows, -2)


def weight_norm(
    v: torch.Tensor, g: torch.Tensor, dim: int = 0
) -> tuple[torch.Tensor, torch.Tensor]:
    """v·(g / ‖v‖), where norms run over all dimensions but one; and the norms."""
    norms = norm(v, 2, [each for each in range(v.dim()) if each != dim], True)
    return times(v, divide(g, norms)), norms


def _combined(
    added: torch.Tensor, product: torch.Tensor, beta: float, alpha: float
) -> torch.Tensor:
    product = scaled(product, alpha)
    return product if beta == 0 else product.add_(scaled(added, beta))


def _with_ones(tensor: torch.Tensor, places: list[int]) -> torch.Tensor:
    for place in places:
        tensor = tensor.unsqueeze(place)
    return tensor
