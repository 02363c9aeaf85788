"""Events of which only the newest are read again and again."""

from collections.abc import Iterable

from fedjury.chain.contracts.events import ChainEvent
from fedjury.task.on_chain import TaskOnChain

SETTLED = 64
"""Blocks on top of one that no reorganization is expected to undo."""


class EventTail:
    """A task's events of some kinds, of which those in settled blocks are read once.

    Args:
        task: whose events they are.
        kinds: which.
    """

    def __init__(self, task: TaskOnChain, kinds: Iterable[type[ChainEvent]]) -> None:
        self._task, self._kinds = task, tuple(kinds)
        self._settled: list[ChainEvent] = []
        self._next_block = task.from_block

    def read(self, to_block: int, newest: int) -> list[ChainEvent]:
        """The events up to a block, in chain order.

        Args:
            to_block: the last one.
            newest: number of the newest block, by which others are settled.

        Raises:
            ChainUnavailable: no usable answer.
        """
        if to_block < self._next_block:
            return [event for event in self._settled if event.block_number <= to_block]
        news = self._task.read_events(to_block, self._kinds, from_block=self._next_block)
        found = [*self._settled, *news]
        settled = min(to_block, newest - SETTLED)
        if settled >= self._next_block:
            self._settled = [event for event in found if event.block_number <= settled]
            self._next_block = settled + 1
        return found
