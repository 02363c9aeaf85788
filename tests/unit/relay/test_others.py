"""Clients that stand in a round already are left out of a relay's batches."""

import pytest
from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.events import BatchSubmitted
from fedjury.errors import TransactionReverted
from fedjury.protocol.batch_file import BatchEntry
from fedjury.protocol.digest import Digest
from fedjury.relay.events import BatchCut, UpdatesLeft, UpdatesLeftOut
from fedjury.relay.refusals import Refused
from tests.support.fake_federation import CLIENTS, OTHER_JUROR
from tests.support.relay_parts import RelayParts
from tests.unit.relay.conftest import Start


def addresses(*numbers: int) -> list[str]:
    """Addresses of clients by their numbers, as a batch has them."""
    return sorted(CLIENTS[number].address for number in numbers)


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


def end_batches(parts: RelayParts) -> None:
    """Let the margin begin."""
    parts.federation.chain.timestamp = 1050


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
