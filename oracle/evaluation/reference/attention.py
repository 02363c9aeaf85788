"""Softmax, and scaled dot product attention."""

import math

import torch

from fedjury.errors import UnknownOperation
from fedjury.oracle.evaluation.reference import functions, sums
from fedjury.oracle.evaluation.reference.arithmetic import multiply as times
from fedjury.oracle.evaluation.reference.floats import settle_
from fedjury.oracle.evaluation.reference.products import multiply

# Scores that are computed at a time, to stay in the cache.
_SCORES = 2**17


def softmax(x: torch.Tensor, dim: int, half_to_float: bool = False) -> torch.Tensor:
    """e^(x - m) / Σ e^(x - m) along a dimension, where m is the largest."""
    if x.dim() == 0:
        return softmax(x.view(1), 0).view(())
    return _shares(x, x.amax(dim, keepdim=True), dim)


def safe_softmax(x: torch.Tensor, dim: int) -> torch.Tensor:
    """The same, but 0 where all entries along the dimension are -∞."""
    largest = x.amax(dim, keepdim=True)
    shares, nothing = _shares(x, largest, dim), largest == -math.inf
    return shares.masked_fill_(nothing, 0.0) if bool(nothing.any()) else shares


def _shares(x: torch.Tensor, largest: torch.Tensor, dim: int) -> torch.Tensor:
    grown = functions.exp(x - largest)
    return settle_(grown.div_(sums.total(grown, [dim], keepdim=True)))


def log_softmax(x: torch.Tensor, dim: int, half_to_float: bool = False) -> torch.Tensor:
    """(x - m) - log Σ e^(x - m) along a dimension, where m is the largest."""
    if x.dim() == 0:
        return log_softmax(x.view(1), 0).view(())
    moved = x - x.amax(dim, keepdim=True)
    grown = sums.total(functions.exp(moved), [dim], keepdim=True)
    return moved.sub_(functions.log(grown))


def attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attn_mask: torch.Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    dropout_mask: torch.Tensor | None = None,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> tuple[torch.Tensor, torch.Tensor]:
    """softmax(scale·(query · keyᵀ) + mask) · value.

    Args:
        query: (..., heads, m, e).
        key: (..., heads, n, e); fewer heads are each used by as many of the query's.
        value: (..., heads, n, v).
        attn_mask: broadcasts against (..., m, n): True where a key counts, or numbers to add.
        dropout_p: must be 0.
        is_causal: whether query i sees the keys up to i alone.
        dropout_mask: must be None.
        scale: 1/√e where there is none.
        enable_gqa: is decided by the numbers of heads.

    Returns:
        (..., heads, m, v), zeros where no key counts; and an empty tensor where torch's operations
        have what training needs.

    Raises:
        UnknownOperation: dropout.
    """
    if dropout_p or dropout_mask is not None:
        raise UnknownOperation("attention with dropout")
    key, value = _for_all_heads(key, query), _for_all_heads(value, query)
    factor = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    mask = _added_mask(attn_mask, is_causal, (query.shape[-2], key.shape[-2]))
    found = query.new_empty(*query.shape[:-1], value.shape[-1])
    several = max(_SCORES // max(query[0].numel() // query.shape[-1] * key.shape[-2], 1), 1)
    for start in range(0, len(query), several):
        some = slice(start, start + several)
        scores = times(multiply(query[some], key[some].transpose(-2, -1)), factor)
        if mask is not None:
            per_sample = mask.dim() == query.dim() and len(mask) > 1
            scores += mask[some] if per_sample else mask
        found[some] = multiply(safe_softmax(scores, -1), value[some])
    return found, query.new_zeros(0)


def _added_mask(
    mask: torch.Tensor | None, is_causal: bool, shape: tuple[int, int]
) -> torch.Tensor | None:
    """What is added to the scores: a mask's numbers, -∞ where a key does not count."""
    if is_causal:
        mask = torch.ones(shape, dtype=torch.bool).tril()
    if mask is None or mask.dtype != torch.bool:
        return mask
    return torch.zeros(mask.shape, dtype=torch.float64).masked_fill_(~mask, -math.inf)


def attention_of_kernel(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    attn_mask: torch.Tensor | None = None,
    scale: float | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """`attention` with its arguments in the order of torch's fused kernel."""
    return attention(query, key, value, attn_mask, dropout_p, is_causal, scale=scale)


def _for_all_heads(x: torch.Tensor, query: torch.Tensor) -> torch.Tensor:
    """Heads repeated until there are as many as the query has."""
    if x.dim() < 4 or x.shape[-3] == query.shape[-3]:
        return x
    return x.repeat_interleave(query.shape[-3] // x.shape[-3], dim=-3)
