"""Slices of weights, cut once for all samples of an evaluation.

Keeping them changes no result, since the slices of a tensor depend on nothing but its numbers.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeVar

import torch

Cut = TypeVar("Cut")
_Key = tuple[object, ...]


@dataclass
class _Kept:
    """What was cut of tensors whose memory stays theirs for the whole evaluation."""

    places: frozenset[int]
    found: dict[_Key, object] = field(default_factory=dict)


_KEPT: ContextVar[_Kept | None] = ContextVar("kept slices", default=None)


@contextmanager
def keeping_slices(tensors: Iterable[torch.Tensor]) -> Iterator[None]:
    """Keep slices of these tensors, and of views of them, until the end of the block."""
    places = frozenset(place_of(tensor) for tensor in tensors)
    token = _KEPT.set(_Kept(places))
    try:
        yield
    finally:
        _KEPT.reset(token)


def place_of(tensor: torch.Tensor) -> int:
    """The address of the memory that a tensor is a view of."""
    return tensor.untyped_storage().data_ptr()


def kept_or(cut: Callable[[], Cut], tensor: torch.Tensor, *how: object) -> Cut:
    """What `cut` gives, or what it gave before for the same numbers.

    Args:
        cut: cuts the tensor.
        tensor: of which slices are kept if it is one of those that the block names, or a view.
        how: what else the slices depend on.
    """
    kept = _KEPT.get()
    if kept is None or (place := place_of(tensor)) not in kept.places:
        return cut()
    position = tensor.storage_offset(), tuple(tensor.shape), tensor.stride(), tensor._version
    key = (place, *position, *how)
    if key not in kept.found:
        kept.found[key] = cut()
    return kept.found[key]  # type: ignore[return-value]
