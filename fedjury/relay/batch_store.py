"""The files of batches: in the store before a batch is sent, as long as there is time for that."""

from fedjury.chain.contracts.types import Overview, Phase
from fedjury.protocol.digest import Digest
from fedjury.relay.batch_book import BatchBook
from fedjury.relay.events import BatchUnavailable, BatchUnstored, FileStored
from fedjury.relay.records import Batch, RoundKey
from fedjury.relay.shelf import Shelf, try_seconds
from fedjury.relay.window import OpenRound, Window
from fedjury.runtime.events import Listener
from fedjury.task.on_chain import TaskOnChain
from fedjury.task.timing import BATCHES_SHARE

TRIES = 3  # that have room in the time that is left
SHORTEST_TRY = 1.0


class BatchStore:
    """Puts the files of batches into the store.

    A batch whose file the store does not take is posted all the same once half of the margin is
    over: jurors ask for files when the round is closed, for those of batches as long as their
    share of the task's availability time.

    Args:
        task: whose batches they are.
        shelf: the store.
        batches: on disk, with their files.
        window: says what time it is.
        listener: is told what becomes of files that are late.
    """

    def __init__(
        self,
        task: TaskOnChain,
        shelf: Shelf,
        batches: BatchBook,
        window: Window,
        listener: Listener,
    ) -> None:
        self._task, self._shelf, self._batches = task, shelf, batches
        self._window, self._listener = window, listener
        self._published: set[Digest] = set()
        self._told: set[Digest] = set()

    def lets_send(self, batch: Batch, round: OpenRound) -> bool:
        """Whether a batch may be sent now: the store has its file, or has had time enough.

        Once a run the file is put there in any case: it may be another store by now.

        Args:
            batch: that is to be sent.
            round: the open one, of the batch.
        """
        if batch.digest in self._published:
            return True
        content = self._batches.content(batch)
        margin = round.batches_until - round.takes_until
        left = round.batches_until - margin / 2 - self._window.now()
        seconds = max(SHORTEST_TRY, min(try_seconds(len(content)), left / TRIES))
        if self._shelf.add(content, seconds):
            self._is_stored(batch)
            return True
        if left <= 0 and batch.digest not in self._told:
            self._told.add(batch.digest)
            self._listener(BatchUnstored(round=batch.key.round, cid=batch.digest.cid))
        return left <= 0

    def pursue(self, seen: Overview, seconds: float) -> None:
        """Put files of batches into the store that stand on chain without them.

        Args:
            seen: the task, by the newest block.
            seconds: that it may take.
        """
        for batch in self._batches.owed():
            if self._is_too_late(batch.key, seen):
                self._batches.owes_nothing(batch)
                self._listener(
                    BatchUnavailable(round=batch.key.round, count=batch.count, cid=batch.digest.cid)
                )
                continue
            content = self._batches.content(batch)
            if not self._shelf.add(content, min(try_seconds(len(content)), seconds)):
                return
            self._is_stored(batch)
            self._listener(FileStored(cid=batch.digest.cid, bytes=len(content)))

    def _is_stored(self, batch: Batch) -> None:
        self._published.add(batch.digest)
        self._batches.owes_nothing(batch)

    def _is_too_late(self, key: RoundKey, seen: Overview) -> bool:
        """Whether jurors ask for a round's batch files no more."""
        state = seen.round
        if seen.phase is Phase.FINISHED or key.round < state.number:
            return True
        if key.round > state.number or seen.phase is Phase.OPEN:
            return False
        # a closed round's deadline is when it closed
        end = state.deadline + self._task.config.availability_seconds * BATCHES_SHARE
        return self._window.now() >= end
