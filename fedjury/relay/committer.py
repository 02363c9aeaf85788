"""Putting updates on disk, all that arrive meanwhile in one transaction.

A transaction ends with a flush of the disk, which takes milliseconds: one for each update would
take in some hundred a second.
"""

import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress

from fedjury.relay.queue import Queue
from fedjury.relay.records import Held, RoundKey, SignedUpdate
from fedjury.relay.refusals import Refusal, Refused

MOST_WAITING = 4096
MOST_AT_ONCE = 1024

_Item = tuple[SignedUpdate, "Future[Held]"]


class Committer:
    """A thread that puts updates into the queue.

    Args:
        stored: the queue.
        room: how many updates of a round may wait for being posted.
        now: Unix seconds.
    """

    def __init__(
        self,
        stored: Queue,
        room: Callable[[RoundKey], int],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._stored, self._room, self._now = stored, room, now
        self._items: queue.Queue[_Item | None] = queue.Queue(MOST_WAITING)
        self._thread = threading.Thread(target=self._work, name="committer", daemon=True)
        self._thread.start()

    def put(self, update: SignedUpdate) -> "Future[Held]":
        """Put an update into the queue.

        Args:
            update: whose signature was checked.

        Returns:
            What the disk holds of it, once it does; or Refused.

        Raises:
            Refused: too many wait for the disk already.
        """
        done: Future[Held] = Future()
        try:
            self._items.put_nowait((update, done))
        except queue.Full:
            raise Refused(Refusal.BUSY, "too many updates wait for the relay's disk", 1.0) from None
        return done

    def close(self) -> None:
        """Put what waits on disk, and end."""
        self._items.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (item := self._items.get()) is not None:
            group, is_last = self._gather(item)
            self._commit(group)
            if is_last:
                return

    def _gather(self, first: _Item) -> tuple[list[_Item], bool]:
        group = [first]
        with suppress(queue.Empty):
            while len(group) < MOST_AT_ONCE:
                item = self._items.get_nowait()
                if item is None:
                    return group, True
                group.append(item)
        return group, False

    def _commit(self, group: list[_Item]) -> None:
        try:
            found = self._stored.put([each for each, _ in group], int(self._now()), self._room)
        except sqlite3.Error as error:
            words = f"the relay's disk does not take it: {error}"
            _fail(group, Refused(Refusal.DISK, words, 5.0))
            return
        except Exception as error:  # a bug: whoever waits is told, and the next group has its try
            _fail(group, error)
            return
        for held, (_, done) in zip(found, group, strict=True):
            if isinstance(held, Refused):
                done.set_exception(held)
            else:
                done.set_result(held)


def _fail(group: list[_Item], error: Exception) -> None:
    for _, done in group:
        done.set_exception(error)
