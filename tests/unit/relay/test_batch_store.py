"""When a batch waits for the store, and when it is posted without it."""

import threading
from collections.abc import Iterator

import pytest

from fedjury.errors import ContentMismatch, NotMined
from fedjury.protocol.digest import Digest
from fedjury.relay.events import BatchDropped, BatchUnavailable, UpdatesLeft
from fedjury.relay.health import RelayHealth
from fedjury.relay.records import RoundKey
from fedjury.relay.shelf import MOST_HANGING, RETRY_SECONDS, Shelf
from fedjury.runtime.events import Event, TransientFailure
from tests.support.fake_federation import OTHER_JUROR
from tests.support.relay_parts import RelayParts
from tests.unit.relay.conftest import Start

END, HALF_MARGIN, LAST = 1050, 1055, 1059


def at(parts: RelayParts, second: int) -> None:
    """Let it be this second of the chain, and work."""
    parts.federation.chain.timestamp = second
    parts.seconds = float(second)
    parts.work()


def failures(parts: RelayParts) -> list[str]:
    """What was told of transient failures."""
    return [each.reason for each in parts.told if isinstance(each, TransientFailure)]


@pytest.fixture
def gate(relay: RelayParts, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """The store hangs until this is set."""
    gate, add = threading.Event(), relay.federation.store.add

    def hang(data: bytes) -> Digest:
        gate.wait()
        return add(data)

    monkeypatch.setattr(relay.federation.store, "add", hang)
    monkeypatch.setattr("fedjury.relay.batch_store.SHORTEST_TRY", 0.01)
    monkeypatch.setattr("fedjury.relay.batch_store.try_seconds", lambda size: 0.01)
    yield gate
    gate.set()


def test_a_batch_waits_for_a_store_that_refuses_as_long_as_there_is_time(
    relay: RelayParts,
) -> None:
    relay.take(0)
    relay.federation.store.is_down = True
    at(relay, END)
    at(relay, HALF_MARGIN - 1)
    assert relay.account.sent == []
    (told, again) = failures(relay)
    assert told == again == f"the store, {relay.federation.store.name}, does not work: gone"
    relay.federation.store.is_down = False
    relay.seconds += RETRY_SECONDS
    relay.work()
    assert [len(each) for each in relay.posted()] == [1]
    assert relay.shelf.trouble == ""


def test_without_the_store_it_is_posted_in_time_and_stored_afterwards(relay: RelayParts) -> None:
    relay.take(0)
    relay.federation.store.is_down = True
    at(relay, END)
    at(relay, HALF_MARGIN)
    assert relay.account.sent == [(1, 0)]
    assert "batch-unstored" in relay.names()
    relay.federation.store.is_down = False
    at(relay, LAST + 10)
    assert [len(each) for each in relay.posted()] == [1]
    assert "file-stored" in relay.names()
    assert relay.queue.batches.owed() == []


def test_a_store_that_calls_files_by_another_cid_is_one_that_does_not_work(
    relay: RelayParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def misname(data: bytes) -> Digest:
        raise ContentMismatch("the store calls it by another CID")

    health = RelayHealth(relay.purse, relay.shelf, relay.window)
    health.watch(relay.cycle)()
    relay.take(0)
    with monkeypatch.context() as wrong:
        wrong.setattr(relay.federation.store, "add", misname)
        at(relay, END)
        assert relay.account.sent == []
        assert health.trouble.endswith("does not work: the store calls it by another CID")
        at(relay, HALF_MARGIN)
    assert relay.account.sent == [(1, 0)]
    assert "batch-unstored" in relay.names()
    at(relay, LAST + 10)
    assert [len(each) for each in relay.posted()] == [1]
    assert health.trouble == ""


def test_a_relay_that_is_started_again_still_owes_the_file(start: Start) -> None:
    parts = start()
    parts.cycle()
    parts.take(0)
    parts.federation.store.is_down = True
    at(parts, END)
    at(parts, HALF_MARGIN)
    parts.federation.store.is_down = False
    parts = start()
    parts.work()
    assert [len(each) for each in parts.posted()] == [1]


@pytest.mark.parametrize(("second", "is_over"), [(1100 + 12, False), (1100 + 13, True)])
def test_it_is_stored_as_long_as_jurors_ask_for_batch_files(
    relay: RelayParts, second: int, is_over: bool
) -> None:
    relay.take(0)
    relay.federation.store.is_down = True
    at(relay, END)
    at(relay, HALF_MARGIN)
    at(relay, second)
    lost = [each.count for each in relay.told if isinstance(each, BatchUnavailable)]
    assert lost == ([1] if is_over else [])
    assert relay.queue.batches.owed() == ([] if is_over else relay.queue.batches.of(key(relay)))


def key(parts: RelayParts) -> RoundKey:
    """The current round."""
    return parts.signed(0).key


def test_a_store_that_hangs_costs_no_batch_its_round(
    relay: RelayParts, gate: threading.Event
) -> None:
    health = RelayHealth(relay.purse, relay.shelf, relay.window)
    relay.take(0)
    watched = health.watch(relay.cycle)
    for second in (END, END + 1, END + 2, HALF_MARGIN):
        relay.federation.chain.timestamp, relay.seconds = second, float(second)
        watched()
        watched()
        if second < HALF_MARGIN:
            assert relay.account.sent == []
            assert "no answer within" in health.trouble
    assert relay.account.sent == [(1, 0)]
    assert len(failures(relay)) >= 3
    gate.set()
    relay.seconds += RETRY_SECONDS
    while relay.queue.batches.owed():
        relay.work()
        relay.seconds += RETRY_SECONDS
    assert [len(each) for each in relay.posted()] == [1]
    assert health.trouble == ""


def test_so_many_requests_hang_at_most(relay: RelayParts, gate: threading.Event) -> None:
    told: list[Event] = []
    shelf = Shelf(relay.federation.store, told.append, clock=lambda: relay.seconds)
    for _ in range(MOST_HANGING + 2):
        relay.seconds += RETRY_SECONDS
        assert not shelf.add(b"data", 0.01)
    assert "no answer" in told[MOST_HANGING - 1].sentence
    assert f"it has not answered {MOST_HANGING} requests yet" in told[MOST_HANGING].sentence
    assert threading.active_count() < 20
    gate.set()


def test_what_hindered_a_batch_is_said_when_its_round_is_over(relay: RelayParts) -> None:
    relay.take(0)
    relay.account.errors = [NotMined("the pool is full")]
    with pytest.raises(NotMined):
        at(relay, END)
    relay.federation.contract.void()
    relay.work()
    (dropped,) = [each for each in relay.told if isinstance(each, BatchDropped)]
    assert dropped.reason == "the round is over (the pool is full)"


def test_what_hindered_updates_is_said_when_batches_are_over(relay: RelayParts) -> None:
    relay.take(0)
    relay.federation.contract.batch(OTHER_JUROR.address, 6, Digest.of(b"withheld"))
    at(relay, END)
    at(relay, 1060)
    (left,) = [each for each in relay.told if isinstance(each, UpdatesLeft)]
    assert left.reason.endswith("(batches have no room for 1 waiting update)")
