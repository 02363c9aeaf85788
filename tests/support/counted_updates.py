"""Updates that count how often they are read."""

from collections.abc import Iterator, Sequence

from fedjury.protocol.tensors import Tensors


class CountedUpdates:
    """`fedjury.oracle.aggregation.updates.Updates` of a list.

    Attributes:
        reads: how often each was read, by index.
    """

    def __init__(self, updates: Sequence[Tensors]) -> None:
        self._updates = updates
        self.reads = [0] * len(updates)

    def __len__(self) -> int:
        return len(self._updates)

    def __iter__(self) -> Iterator[Tensors]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: int, /) -> Tensors:
        self.reads[index] += 1
        return self._updates[index]
