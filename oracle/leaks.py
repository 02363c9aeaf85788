"""Whether a round's samples got out before it closed."""

from fedjury.chain.contracts.events import SliceDisclosed
from fedjury.oracle.event_tail import EventTail
from fedjury.protocol.digest import Digest
from fedjury.task.on_chain import TaskOnChain


class Leaks:
    """Looks for what was told on chain of samples that were still to be judged on.

    Args:
        task: whose samples they are.
    """

    def __init__(self, task: TaskOnChain) -> None:
        self._task = task
        self._disclosed = EventTail(task, [SliceDisclosed])

    def find(self, digest: Digest, closed_at: int) -> SliceDisclosed | None:
        """The first event that tells of a slice before a round closed, or as it did.

        Only who has the file knows its digest, so that an event which says it is proof, whatever
        number it is told under.

        Args:
            digest: of the slice's file.
            closed_at: when the round closed, Unix seconds.

        Raises:
            ChainUnavailable: no usable answer.
        """
        newest = self._task.chain.block().number
        for event in self._disclosed.read(newest, newest):
            if isinstance(event, SliceDisclosed) and event.digest == digest:
                told_at = self._task.chain.block_at(event.block_number).timestamp
                return event if told_at <= closed_at else None
        return None
