"""A round's updates, by their index."""

from collections.abc import Iterator
from typing import Protocol

from fedjury.protocol.tensors import Tensors


class Updates(Protocol):
    """Updates by index; a list of tensors is one, and so is what reads them from disk."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Tensors]: ...

    def __getitem__(self, index: int, /) -> Tensors: ...
