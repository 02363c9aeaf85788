"""Publishing a client's update files once they are confirmed, also after a restart."""

from fedjury.chain.contracts.events import UpdateSubmitted
from fedjury.chain.contracts.types import Overview, Phase
from fedjury.chain.rpc.block import BlockStamp
from fedjury.clients.events import FileLost, UpdatePublished
from fedjury.clients.journal import Journal
from fedjury.errors import ChainUnavailable
from fedjury.protocol.digest import Digest
from fedjury.runtime.events import Listener
from fedjury.task.opened import OpenedTask


class Publisher:
    """Puts a client's submitted update files into the store.

    Args:
        task: opened.
        address: the client's.
        journal: holds the files.
        listener: is told what is published.
    """

    def __init__(
        self, task: OpenedTask, address: str, journal: Journal, listener: Listener
    ) -> None:
        self._task, self._address = task, address
        self._journal, self._listener = journal, listener
        self._published = 0
        self._submitted: tuple[int, Digest] | None = None

    def submitted(self, round_number: int, digest: Digest) -> None:
        """Note what was submitted in a round, so that the chain need not be asked.

        After a reorganization that may be another file in a round whose first is published.
        """
        if self._submitted not in (None, (round_number, digest)):
            self._published = min(self._published, round_number - 1)
        self._submitted = round_number, digest

    def publish(self, round_number: int, data: bytes) -> None:
        """Put a round's update file into the store.

        Raises:
            StoreUnavailable: it is not stored.
        """
        self._add(round_number, data)
        self._published = round_number

    def publish_if_needed(self, seen: Overview, at: BlockStamp) -> None:
        """Publish what was submitted last and may not have been published yet.

        Args:
            seen: what the contract holds.
            at: the block that says so.

        Raises:
            ChainUnavailable, StoreUnavailable: it cannot be done now.
        """
        last_round = seen.last_round
        if last_round <= self._published:
            return
        is_over = last_round < seen.round.number or seen.phase is Phase.FINISHED
        self.publish_from_disk(last_round, self._digest(last_round, at), is_over=is_over)
        self._published = last_round

    def publish_from_disk(self, round_number: int, digest: Digest, *, is_over: bool) -> None:
        """Publish the update of this digest, or tell that its file is lost.

        Args:
            round_number: of the round that it was made for.
            digest: of the update's file.
            is_over: whether that round was reported or voided: a file that is gone is missed by
                nobody then, and the journal keeps none for long.

        Raises:
            StoreUnavailable: it cannot be done now.
        """
        data = self._journal.find_update(round_number, digest)
        if data is not None:
            self._add(round_number, data)
        elif not is_over:
            self._listener(FileLost(round=round_number))

    def _add(self, round_number: int, data: bytes) -> None:
        digest = self._task.store.add(data)
        self._listener(UpdatePublished(round=round_number, cid=digest.cid, bytes=len(data)))

    def _digest(self, round_number: int, at: BlockStamp) -> Digest:
        """What was submitted in a round; after a restart the chain knows it."""
        if self._submitted is not None and self._submitted[0] == round_number:
            return self._submitted[1]
        events = self._task.read_events(
            at.number, [UpdateSubmitted], round=round_number, client=self._address
        )
        for event in events:
            if isinstance(event, UpdateSubmitted):
                return event.digest
        raise ChainUnavailable(f"the node does not tell of the update in round {round_number}")
