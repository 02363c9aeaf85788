"""Watching whether a batch holds a client's update, and publishing its file then."""

from collections.abc import Callable
from dataclasses import replace

from fedjury.chain.contracts.types import RoundState
from fedjury.chain.rpc.block import BlockStamp
from fedjury.clients.journal import Journal
from fedjury.clients.own_entries import OwnEntries, OwnEntry
from fedjury.clients.publishing import Publisher
from fedjury.clients.relay_events import (
    FoundInBatch,
)
from fedjury.clients.relay_notes import HandedUpdate
from fedjury.clients.relays import Relays
from fedjury.errors import ContentError
from fedjury.protocol.digest import Digest
from fedjury.runtime.events import Listener, OnChange
from fedjury.store import time_for
from fedjury.task.opened import OpenedTask

_FILE_SECONDS = 5.0  # for a small file to be found in the store
_PATIENCE_SECONDS = 60.0  # with a relay that took the file, to publish it
_PATIENCE_SHARE = 0.5  # of a round's time for files, where that is less


class BatchWatch:
    """Looks for a client's update in the batches of a round.

    Args:
        task: opened.
        entries: finds the client's entries.
        publisher: publishes the client's files.
        journal: the client's own files.
        relays: that the updates were handed to.
        listener: is told what is found.
        hand_file: whether relays get the files, to publish them. They get one when the client
            would publish it itself: before, they could have it submitted under another name.
        now: this machine's clock, Unix seconds.
    """

    def __init__(
        self,
        task: OpenedTask,
        entries: OwnEntries,
        publisher: Publisher,
        journal: Journal,
        relays: Relays,
        listener: Listener,
        *,
        hand_file: bool,
        now: Callable[[], float],
    ) -> None:
        self._task, self._entries = task, entries
        self._publisher, self._journal = publisher, journal
        self._relays, self._hand_file = relays, hand_file
        self._say_found, self._now = OnChange(listener), now
        self._published: set[tuple[int, Digest]] = set()
        self._found_at: dict[tuple[int, Digest], float] = {}
        self._looked_back_at = 0

    def look(self, state: RoundState, stamp: BlockStamp) -> OwnEntry | None:
        """Find the client's update in the batches of the current round, and publish its file.

        Args:
            state: the round, as the contract holds it at the block that is read.
            stamp: that block.

        Returns:
            The entry; None for none.

        Raises:
            ChainUnavailable, StoreUnavailable: it cannot be done now.
        """
        entry = self.find(state, stamp)
        if entry is not None:
            self._say_found(
                FoundInBatch(
                    round=state.number,
                    cid=entry.digest.cid,
                    relayer=entry.batch.relayer,
                    index=entry.index,
                )
            )
            if self._note(state) is None:  # the journal was lost
                note = HandedUpdate(state.number, state.model_digest, entry.digest)
                self._journal.handed.save(note)
            self._publish(state.number, entry, is_over=False)
        return entry

    def find(self, state: RoundState, stamp: BlockStamp) -> OwnEntry | None:
        """The client's first entry in the batches of a round; None for none.

        Args:
            state: the round, as the contract holds it at a block.
            stamp: that block.

        Raises:
            ChainUnavailable: no usable answer.
        """
        note = self._note(state)
        relayers = {kept.relayer for kept in note.receipts} if note else set[str]()
        found = self._entries.find(state.number, state.batched, stamp.number, relayers)
        return found[0] if found else None

    def look_back(self, number: int, stamp: BlockStamp) -> None:
        """Publish what was handed over for the last round before this one, if it is in a batch.

        Args:
            number: of the current round.
            stamp: the block that is read.

        Raises:
            ChainUnavailable, StoreUnavailable: it cannot be done now.
        """
        earlier = self._journal.handed.latest_round(before=number)
        if earlier <= self._looked_back_at:
            return
        entries = self._entries.find(earlier, None, stamp.number)
        for entry in entries[:1]:
            self._publish(earlier, entry, is_over=True)
        self._looked_back_at = earlier

    def _publish(self, number: int, entry: OwnEntry, *, is_over: bool) -> None:
        """Publish an update's file, once; or have a relay do so, and keep what it published."""
        key = number, entry.digest
        if key in self._published:
            return
        if self._hand_file and (data := self._find_stored(entry.digest)) is not None:
            self._task.store.add(data)  # whoever else offers it may withdraw it
            self._published.add(key)
            return
        if not is_over and self._hand_file and self._is_with_a_relay(number, entry):
            since = self._found_at.setdefault(key, self._now())
            if self._now() < since + self._patience:
                return
        self._publisher.publish_from_disk(number, entry.digest, is_over=is_over)
        self._published.add(key)

    def _is_with_a_relay(self, number: int, entry: OwnEntry) -> bool:
        """Whether a relay has the file: it is given it if it gave a receipt for the update."""
        digest, relayer = entry.digest, entry.batch.relayer
        notes = [each for each in self._journal.handed.of_round(number) if each.digest == digest]
        for note in notes:
            if note.file_is_handed:
                return True
            data = self._journal.find_update(number, digest)
            if data is None or not note.receipts:
                continue
            if self._relays.put_file(note, data, relayer):
                self._journal.handed.save(replace(note, file_is_handed=True))
                return True
        return False

    @property
    def _patience(self) -> float:
        """Seconds that a relay has to publish a file, from when its batch is confirmed."""
        share = _PATIENCE_SHARE * self._task.config.availability_seconds
        return min(_PATIENCE_SECONDS, share)

    def _find_stored(self, digest: Digest) -> bytes | None:
        """The update's file, if the store finds it, here or with others."""
        most = self._task.spec.update.max_bytes
        try:
            return self._task.store.fetch(digest, most, time_for(most, _FILE_SECONDS))
        except ContentError:
            return None

    def _note(self, state: RoundState) -> HandedUpdate | None:
        return self._journal.handed.find(state.number, state.model_digest)
