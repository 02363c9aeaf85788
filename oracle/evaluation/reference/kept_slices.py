"""Slices of weights, cut once for all samples of an evaluation.

Keeping them changes no result, since the slices of a tensor depend on nothing but its numbers. Not
all slices of a large model are kept, as they take twice the memory that its tensors take.
"""

from collections.abc import Callable, Iterable
from contextvars import ContextVar, Token
from typing import Self, TypeVar

import torch

Cut = TypeVar("Cut")

ROOM = 2**27
"""Bytes of slices that are kept."""

_SLICES = 2  # of the size of the tensor


class KeptSlices:
    """What is cut of some tensors, and of views of them, while this is entered.

    Args:
        tensors: are held, so that their memory stays theirs.
        room: bytes of slices that are kept; those of further tensors are cut again each time.
    """

    def __init__(self, tensors: Iterable[torch.Tensor], room: int = ROOM) -> None:
        self._tensors = list(tensors)
        self.places = frozenset(place_of(tensor) for tensor in self._tensors)
        self.found: dict[tuple[object, ...], object] = {}
        self.room = room
        self._tokens: list[Token[KeptSlices | None]] = []

    def __enter__(self) -> Self:
        self._tokens.append(_ENTERED.set(self))
        return self

    def __exit__(self, *_: object) -> None:
        _ENTERED.reset(self._tokens.pop())


_ENTERED: ContextVar[KeptSlices | None] = ContextVar("kept slices", default=None)


def place_of(tensor: torch.Tensor) -> int:
    """The address of the memory that a tensor is a view of."""
    return tensor.untyped_storage().data_ptr()


def kept_or(cut: Callable[[], Cut], tensor: torch.Tensor, *how: object) -> Cut:
    """What `cut` gives, or what it gave before for the same numbers.

    Args:
        cut: cuts the tensor.
        tensor: of which slices are kept if it is one of those that were entered, or a view of one.
        how: what else the slices depend on.
    """
    kept = _ENTERED.get()
    if kept is None or (place := place_of(tensor)) not in kept.places:
        return cut()
    position = tensor.storage_offset(), tuple(tensor.shape), tensor.stride(), tensor._version
    key = (place, *position, *how)
    if key in kept.found:
        return kept.found[key]  # type: ignore[return-value]
    found, size = cut(), _SLICES * tensor.nbytes
    if size <= kept.room:
        kept.room -= size
        kept.found[key] = found
    return found
