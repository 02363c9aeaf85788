import threading
from collections.abc import Sequence
from typing import cast

import pytest

from fedjury.relay.committer import MOST_WAITING, Committer
from fedjury.relay.queue import Queue
from fedjury.relay.records import Held, SignedUpdate
from fedjury.relay.refusals import Refusal, Refused
from tests.support.relay_parts import RelayParts
from tests.unit.relay.test_queue import update

SECONDS = 20.0


class SlowQueue:
    """A queue whose disk waits until it may go on.

    Attributes:
        groups: how many updates each transaction had.
        may_go_on: lets transactions end.
        has_begun: is set once one has begun.
        error: raised by them.
    """

    def __init__(self) -> None:
        self.groups: list[int] = []
        self.may_go_on, self.has_begun = threading.Event(), threading.Event()
        self.error: Exception | None = None

    def put(self, updates: Sequence[SignedUpdate], received_at: int, room: object) -> list[Held]:
        """As Queue.put."""
        self.has_begun.set()
        assert self.may_go_on.wait(SECONDS)
        if self.error is not None:
            raise self.error
        self.groups.append(len(updates))
        return [Held(each.entry.digest, received_at, None) for each in updates]


def committer_on(queue: SlowQueue) -> Committer:
    """A committer that puts updates into that queue."""
    return Committer(cast(Queue, queue), lambda _: 100, lambda: 7.5)


def test_what_arrives_while_the_disk_is_flushed_shares_the_next_transaction() -> None:
    queue = SlowQueue()
    committer = committer_on(queue)
    first = committer.put(update(0))
    assert queue.has_begun.wait(SECONDS)
    others = [committer.put(update(client)) for client in range(1, 6)]
    assert not first.done()
    queue.may_go_on.set()
    assert [each.result(SECONDS).received_at for each in (first, *others)] == [7] * 6
    assert queue.groups == [1, 5]
    committer.close()


def test_what_waits_is_put_on_disk_before_the_end() -> None:
    queue = SlowQueue()
    committer = committer_on(queue)
    waiting = [committer.put(update(client)) for client in range(3)]
    queue.may_go_on.set()
    committer.close()
    assert all(each.done() for each in waiting)
    assert sum(queue.groups) == 3


def test_more_than_may_wait_for_the_disk_are_refused() -> None:
    queue = SlowQueue()
    committer = committer_on(queue)
    one = update(0)
    committer.put(one)
    assert queue.has_begun.wait(SECONDS)
    for _ in range(MOST_WAITING):
        committer.put(one)
    with pytest.raises(Refused) as refused:
        committer.put(one)
    assert (refused.value.reason, refused.value.later) == (Refusal.BUSY, True)
    queue.may_go_on.set()
    committer.close()


def test_a_bug_is_told_to_those_who_wait_and_stops_nobody_else() -> None:
    queue = SlowQueue()
    committer = committer_on(queue)
    queue.error = RuntimeError("a bug")
    queue.may_go_on.set()
    with pytest.raises(RuntimeError, match="a bug"):
        committer.put(update(0)).result(SECONDS)
    queue.error = None
    assert committer.put(update(0)).result(SECONDS).digest == update(0).entry.digest
    committer.close()


def test_a_receipt_that_nobody_waits_for_is_kept_all_the_same(relay: RelayParts) -> None:
    checked = relay.intake.check(relay.signed(0))
    with relay.queue._database.transaction():  # so that the disk waits
        receipt = relay.intake.keep(checked)
        assert receipt.cancel()
    assert relay.take(0).receipt.digest == checked.update.entry.digest
    assert relay.queue.taken(checked.update.key) == 1
