"""A round's updates, by their index."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from fedjury.protocol.tensors import Tensors


class Updates(Protocol):
    """Updates by index; a list of tensors is one, and so is what reads them from disk."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Tensors]: ...

    def __getitem__(self, index: int, /) -> Tensors: ...


@dataclass(frozen=True)
class ChosenUpdates:
    """Some of a round's updates, read when asked for.

    Attributes:
        updates: of the round.
        indexes: which, in order.
    """

    updates: Updates
    indexes: Sequence[int]

    def __len__(self) -> int:
        return len(self.indexes)

    def __iter__(self) -> Iterator[Tensors]:
        return (self.updates[index] for index in self.indexes)

    def __getitem__(self, place: int, /) -> Tensors:
        return self.updates[self.indexes[place]]
