"""Softmax, and scaled dot product attention."""

import math

import torch

from fedjury.errors import UnknownOperation
from fedjury.oracle.evaluation.reference import functions, sums
from fedjury.oracle.evaluation.reference.arithmetic import multiply as times
from fedjury.oracle.evaluation.reference.floats import settle_
from fedjury.oracle.evaluation.reference.products import multiply


def softmax(x: torch.Tensor, dim: int, half_to_float: bool = False) -> torch.Tensor:
    """e^(x - m) / Σ e^(x - m) along a dimension, where m is the largest."""
    if x.dim() == 0:
        return softmax(x.view(1), 0).view(())
    grown = functions.exp(x - x.amax(dim, keepdim=True))
    return settle_(grown.div_(sums.total(grown, [dim], keepdim=True)))


def safe_softmax(x: torch.Tensor, dim: int) -> torch.Tensor:
    """The same, but 0 where all entries along the dimension are -∞."""
    all_masked = x.amax(dim, keepdim=True) == -math.inf
    return softmax(x, dim).masked_fill_(all_masked, 0.0)


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
        (..., heads, m, v), zeros where no key counts; and the weights.

    Raises:
        UnknownOperation: dropout.
    """
    if dropout_p or dropout_mask is not None:
        raise UnknownOperation("attention with dropout")
    key, value = _for_all_heads(key, query), _for_all_heads(value, query)
    factor = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    scores = times(multiply(query, key.transpose(-2, -1)), factor)
    if is_causal:
        seen = torch.ones(scores.shape[-2:], dtype=torch.bool).tril()
        scores.masked_fill_(~seen, -math.inf)
    if attn_mask is not None and attn_mask.dtype == torch.bool:
        scores = scores.masked_fill_(~attn_mask, -math.inf)
    elif attn_mask is not None:
        scores = scores + attn_mask
    weights = safe_softmax(scores, -1)
    return multiply(weights, value), weights


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
    """`attention` as torch's fused kernel takes it; gives the logarithms of the softmax's sums
    besides, which only training needs, as NaN."""
    found, weights = attention(query, key, value, attn_mask, dropout_p, is_causal, scale=scale)
    return found, weights.new_full(weights.shape[:-1], math.nan)


def _for_all_heads(x: torch.Tensor, query: torch.Tensor) -> torch.Tensor:
    """Heads repeated until there are as many as the query has."""
    if x.dim() < 4 or x.shape[-3] == query.shape[-3]:
        return x
    return x.repeat_interleave(query.shape[-3] // x.shape[-3], dim=-3)
