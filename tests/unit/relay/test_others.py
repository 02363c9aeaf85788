"""Clients that stand in a round already are left out of a relay's batches."""

from dataclasses import replace
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.events import (
    BatchSubmitted,
    ChainEvent,
    RoundOpened,
    UpdateSubmitted,
)
from fedjury.errors import StoreUnavailable, TransactionReverted
from fedjury.protocol.batch_file import BatchEntry
from fedjury.protocol.digest import Digest
from fedjury.relay.events import BatchCut, UpdatesLeft, UpdatesLeftOut
from fedjury.relay.refusals import Refused
from fedjury.relay.shelf import RETRY_SECONDS as SHELF_SECONDS
from fedjury.relay.standing import RETRY_SECONDS
from tests.support.fake_federation import CLIENTS, OTHER_JUROR
from tests.support.relay_parts import RelayParts, addresses, end_batches
from tests.unit.relay.conftest import Start


def own(parts: RelayParts) -> list[list[str]]:
    """The clients of each batch that the relay itself posted."""
    batches = [
        each for each in parts.federation.contract.events if isinstance(each, BatchSubmitted)
    ]
    return [
        sorted(entry.client for entry in entries)
        for event, entries in zip(batches, parts.posted(), strict=True)
        if event.relayer == parts.account.address
    ]


def other_relayer_posts(parts: RelayParts, *clients: int) -> BatchSubmitted:
    """Another relayer posts the same updates of these clients."""
    entries = [parts.signed(each).entry for each in clients]
    return parts.federation.relay(*entries, relayer=OTHER_JUROR)


def left_out(parts: RelayParts) -> list[int]:
    """Of how many it was told that they are left out."""
    return [each.count for each in parts.told if isinstance(each, UpdatesLeftOut)]


def lost(parts: RelayParts) -> list[int]:
    """Of how many it was told that they are lost."""
    return [each.count for each in parts.told if isinstance(each, UpdatesLeft)]


def test_the_last_room_is_for_whom_no_other_relayer_has_posted(relay: RelayParts) -> None:
    for client in (0, 1, 5):
        relay.take(client)
    other_relayer_posts(relay, 0, 1, 2, 3, 4)
    end_batches(relay)
    relay.work()
    assert own(relay) == [addresses(5)]
    assert left_out(relay) == [2]
    relay.federation.chain.timestamp = 1060
    relay.work()
    relay.federation.contract.void()
    relay.work()
    assert lost(relay) == []


def test_who_has_submitted_alone_is_left_out(relay: RelayParts) -> None:
    relay.take(0)
    relay.take(1)
    relay.federation.contract.submit(CLIENTS[0].address, Digest.of(b"another"))
    end_batches(relay)
    relay.work()
    assert own(relay) == [addresses(1)]


def test_nothing_is_posted_where_everybody_stands_on_chain(relay: RelayParts) -> None:
    relay.take(0)
    other_relayer_posts(relay, 0)
    end_batches(relay)
    relay.work()
    assert own(relay) == []
    relay.federation.chain.timestamp = 1060
    relay.work()
    assert lost(relay) == []


def forged(parts: RelayParts, client: LocalAccount) -> BatchEntry:
    """An entry under a client's name with the signature of another."""
    domain = parts.federation.domain()
    entry = domain.sign(OTHER_JUROR, Digest.of(b"forged"))
    return BatchEntry(client.address, entry.digest, entry.signature)


def test_an_entry_that_its_client_did_not_sign_leaves_nobody_out(relay: RelayParts) -> None:
    relay.take(0)
    relay.federation.relay(forged(relay, CLIENTS[0]), relayer=OTHER_JUROR)
    end_batches(relay)
    relay.work()
    assert own(relay) == [addresses(0)]


def test_a_batch_that_announces_what_it_has_not_leaves_nobody_out(relay: RelayParts) -> None:
    relay.take(0)
    entry = relay.signed(0).entry
    relay.federation.relay(entry, relayer=OTHER_JUROR, count=2)
    end_batches(relay)
    relay.work()
    (event,) = [
        each
        for each in relay.federation.contract.events
        if isinstance(each, BatchSubmitted) and each.relayer == relay.account.address
    ]
    assert event.count == 1


def test_batches_that_are_withheld_cost_a_share_of_the_time_that_is_left(
    relay: RelayParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    spent = 0.0
    standing = relay.relay._standing
    store = relay.federation.store
    fetch = store.fetch

    def wait(digest: Digest, max_bytes: int, timeout: float) -> bytes:
        nonlocal spent
        spent += timeout
        monkeypatch.setattr(relay.federation.chain, "timestamp", 1050 + spent)
        return fetch(digest, max_bytes, timeout)

    monkeypatch.setattr(standing, "_clock", lambda: spent)
    monkeypatch.setattr(store, "fetch", wait)
    relay.take(0)
    for number in range(5):
        digest = Digest.of(bytes([number]))
        relay.federation.contract.batch(OTHER_JUROR.address, 1, digest)
    end_batches(relay)
    relay.work()
    assert relay.account.sent == [(1, 0)]
    first = (1060 - 1050) / 4
    assert spent == pytest.approx(first + (1060 - 1050 - first) / 4)  # made, and sent


def test_what_was_left_out_is_posted_after_a_reorganization(relay: RelayParts) -> None:
    relay.take(0)
    event = other_relayer_posts(relay, 0)
    end_batches(relay)
    relay.work()
    assert own(relay) == []
    relay.federation.contract.events.remove(event)
    relay.work()
    assert own(relay) == [addresses(0)]


def test_so_many_wait_as_are_not_left_out(start: Start) -> None:
    parts = start(every=2)
    parts.cycle()
    other_relayer_posts(parts, 0)
    parts.take(0)
    parts.take(1)
    parts.work()
    assert own(parts) == []
    parts.take(2)
    parts.work()
    assert own(parts) == [addresses(1, 2)]


def test_who_is_left_out_takes_nobodys_room(relay: RelayParts) -> None:
    relay.take(0)
    relay.take(1)
    other_relayer_posts(relay, 0, 1, 2, 3, 4)
    relay.cycle()
    relay.take(5)
    with pytest.raises(Refused, match="no room"):
        relay.take(2)
    end_batches(relay)
    relay.work()
    assert own(relay) == [addresses(5)]


def test_a_batch_that_is_cut_to_the_room_has_none_of_them(relay: RelayParts) -> None:
    for client in (0, 1, 2):
        relay.take(client)
    relay.account.at_first = lambda: other_relayer_posts(relay, 0, 3, 4, 5)
    relay.account.errors = [TransactionReverted("InvalidBatchCount", (3, 2))]
    end_batches(relay)
    relay.cycle()
    relay.cycle()
    relay.account.at_first = lambda: None
    relay.work()
    assert own(relay) == [addresses(1, 2)]
    assert left_out(relay) == [1]
    assert not any(isinstance(each, BatchCut) for each in relay.told)


def test_a_batch_that_was_not_sent_loses_who_is_posted_meanwhile(start: Start) -> None:
    parts = start()
    parts.cycle()
    parts.take(0)
    parts.take(1)
    end_batches(parts)
    parts.cycle()
    event = other_relayer_posts(parts, 0, 1)
    parts.work()
    assert own(parts) == []
    parts.federation.contract.events.remove(event)
    parts.work()
    assert own(parts) == [addresses(0, 1)]


def test_what_is_lost_is_told_once_though_the_relay_is_started_again(start: Start) -> None:
    parts = start()
    parts.cycle()
    parts.take(0)
    parts.take(1)
    other_relayer_posts(parts, 0)
    parts.federation.contract.void()
    parts.work()
    assert lost(parts) == [1]
    parts = start()
    parts.work()
    assert lost(parts) == []


def withdraw(parts: RelayParts, event: BatchSubmitted) -> bytes:
    """Take a batch's file out of the relay's store."""
    store = parts.federation.store
    content = store.fetch(event.digest, 1 << 20, 1.0)
    (store.path / event.digest.cid).unlink()
    return content


def test_a_file_that_leaves_somebody_out_stays_where_its_relayer_cannot_withdraw_it(
    relay: RelayParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay.take(0)
    event = other_relayer_posts(relay, 0)
    content, store = withdraw(relay, event), relay.federation.store
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(store, "fetch", lambda *_: content)
        end_batches(relay)
        relay.work()
    assert own(relay) == []
    assert store.fetch(event.digest, 1 << 20, 1.0) == content


def test_a_file_that_leaves_nobody_out_is_not_kept(
    relay: RelayParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay.take(0)
    event = other_relayer_posts(relay, 1)
    content, store = withdraw(relay, event), relay.federation.store
    fetch = store.fetch

    def from_elsewhere(digest: Digest, max_bytes: int, timeout: float) -> bytes:
        return content if digest == event.digest else fetch(digest, max_bytes, timeout)

    monkeypatch.setattr(store, "fetch", from_elsewhere)
    end_batches(relay)
    relay.work()
    assert own(relay) == [addresses(0)]
    assert not (store.path / event.digest.cid).exists()


def test_a_file_that_the_own_store_does_not_take_leaves_nobody_out(
    relay: RelayParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing, store = relay.relay._standing, relay.federation.store
    monkeypatch.setattr(standing, "_clock", lambda: relay.seconds)
    relay.take(0)
    event, add = other_relayer_posts(relay, 0, 1), store.add
    content = store.fetch(event.digest, 1 << 20, 1.0)
    tries: list[float] = []

    def refuse(data: bytes) -> Digest:
        if data == content:
            tries.append(relay.seconds)
            raise StoreUnavailable("no room for it")
        return add(data)

    monkeypatch.setattr(store, "add", refuse)
    end_batches(relay)
    relay.work()
    assert "no room for it" in relay.shelf.trouble
    relay.seconds += SHELF_SECONDS
    relay.work()
    assert own(relay) == [addresses(0)]
    assert tries == [0.0]


def test_who_was_not_left_out_for_the_store_is_once_it_works(
    relay: RelayParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing, store = relay.relay._standing, relay.federation.store
    monkeypatch.setattr(standing, "_clock", lambda: relay.seconds)
    relay.take(0)
    other_relayer_posts(relay, 0)
    store.is_down = True
    relay.cycle()
    assert standing.waiting() == set()
    store.is_down = False
    relay.seconds += RETRY_SECONDS
    relay.cycle()
    assert standing.waiting() == set(addresses(0))


def test_the_same_file_under_another_count_is_looked_at_anew(relay: RelayParts) -> None:
    relay.take(0)
    relay.take(1)
    event = other_relayer_posts(relay, 0, 1)
    relay.cycle()
    relay.federation.contract.events.remove(event)
    relay.federation.contract.batch(OTHER_JUROR.address, 3, event.digest)
    end_batches(relay)
    relay.work()
    assert [count for count, _ in relay.account.sent] == [2]


def test_a_wrong_count_does_not_hide_the_same_file_under_the_right_one(relay: RelayParts) -> None:
    relay.take(0)
    relay.take(1)
    event = other_relayer_posts(relay, 0, 1)
    relay.federation.contract.events.remove(event)
    relay.federation.contract.batch(OTHER_JUROR.address, 1, event.digest)
    relay.federation.contract.batch(OTHER_JUROR.address, 2, event.digest)
    end_batches(relay)
    relay.work()
    assert relay.account.sent == []


@pytest.fixture
def read_from(relay: RelayParts, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The first blocks of reads of the round's submissions, once the relay has looked."""
    contract, blocks = relay.federation.contract, list[int]()
    read = contract.read_events

    def noted(first: int, last: int, kinds: Any = None, **rest: Any) -> list[ChainEvent]:
        if kinds is not None and UpdateSubmitted in kinds:
            blocks.append(first)
        return read(first, last, kinds, **rest)

    monkeypatch.setattr(contract, "read_events", noted)
    return blocks


def opening(parts: RelayParts) -> RoundOpened:
    """Where the newest round was opened."""
    events = parts.federation.contract.events
    return [each for each in events if isinstance(each, RoundOpened)][-1]


def somebody_submits(parts: RelayParts, client: int) -> None:
    """A client submits alone, and the relay looks at the chain."""
    parts.federation.contract.submit(CLIENTS[client].address, Digest.of(bytes([client])))
    parts.cycle()


def test_a_rounds_submissions_are_read_from_its_opening_on(
    relay: RelayParts, read_from: list[int]
) -> None:
    somebody_submits(relay, 1)
    somebody_submits(relay, 2)
    first = opening(relay).block_number
    assert read_from == [first, first]
    assert first > relay.federation.task.from_block
    relay.federation.contract.void()
    somebody_submits(relay, 3)
    assert read_from[2:] == [first]
    somebody_submits(relay, 4)
    assert read_from[3:] == [opening(relay).block_number]
    assert opening(relay).block_number > first


def test_an_opening_that_a_reorganization_moved_is_looked_for_in_the_whole_task(
    relay: RelayParts, read_from: list[int]
) -> None:
    relay.take(1)
    contract, moved = relay.federation.contract, opening(relay)
    first = moved.block_number
    contract.events[contract.events.index(moved)] = replace(moved, block_number=first - 1)
    somebody_submits(relay, 1)
    assert read_from == [first, relay.federation.task.from_block]
    assert relay.relay._standing.waiting() == set(addresses(1))
    somebody_submits(relay, 2)
    assert read_from[2:] == [first - 1]
