"""Files that others offer and withdraw again: what matters of them the client keeps itself."""

from dataclasses import replace
from pathlib import Path

import pytest

from fedjury.chain.contracts.events import RoundOpened
from fedjury.clients.events import UpdatePublished
from fedjury.clients.relay_events import FallsBack, FoundInBatch
from fedjury.errors import StoreUnavailable
from fedjury.protocol.batch_file import BatchFile
from fedjury.protocol.digest import Digest
from fedjury.protocol.tensors import encode
from fedjury.protocol.verdicts import VerdictCode
from fedjury.store import DirectoryStore
from tests.support.fake_federation import CLIENTS, weights
from tests.support.fake_relay import FakeRelay
from tests.support.own_store import OwnStore
from tests.support.relayed_client import BATCHES_UNTIL, RelayedClient


@pytest.fixture
def relay() -> FakeRelay:
    return FakeRelay()


@pytest.fixture
def bench(relay: FakeRelay, tmp_path: Path) -> RelayedClient:
    return RelayedClient(tmp_path, [relay])


@pytest.fixture
def own(bench: RelayedClient) -> OwnStore:
    return bench.with_own_store()


def withdraw(bench: RelayedClient, digest: Digest) -> None:
    """Have everybody else forget a file."""
    bench.federation.store.forget(digest)


def kept(own: OwnStore, digest: Digest) -> bytes:
    """What the client's own store has of a file, whatever others offer."""
    return DirectoryStore(own.path).fetch(digest, 4096, 0)


# --- files of batches ---


def test_a_batch_file_that_is_withdrawn_after_a_look_is_still_there_for_the_jury(
    bench: RelayedClient, own: OwnStore, relay: FakeRelay
) -> None:
    bench.settle()
    (entry,) = relay.handed
    other = bench.federation.signed(1, bench.federation.update(1, weights(1)))
    batch = bench.post(entry, other)
    bench.cycle()
    withdraw(bench, batch.digest)
    bench.pass_time(1095)
    bench.cycle(3)
    assert bench.sender.tried == []  # it is in, and need not submit alone
    assert kept(own, batch.digest) == BatchFile.of([entry, other]).content


def test_a_batch_file_is_kept_once(bench: RelayedClient, own: OwnStore, relay: FakeRelay) -> None:
    bench.settle()
    (entry,) = relay.handed
    batch = bench.post(entry)
    bench.post(entry)
    bench.cycle(5)
    assert own.added == [batch.digest, entry.digest]


def test_an_entry_whose_batch_file_the_store_refuses_does_not_count(
    bench: RelayedClient, own: OwnStore, relay: FakeRelay
) -> None:
    bench.settle()
    bench.post(*relay.handed)
    own.is_full = True
    bench.cycle(3)
    assert bench.told.of(FoundInBatch) == []
    own.is_full = False
    bench.cycle()
    assert [found.cid for found in bench.told.of(FoundInBatch)] == [relay.handed[0].digest.cid]


def test_who_cannot_keep_the_batch_file_submits_alone(
    bench: RelayedClient, own: OwnStore, relay: FakeRelay
) -> None:
    bench.settle()
    batch = bench.post(*relay.handed)
    own.is_full = True
    bench.cycle()
    withdraw(bench, batch.digest)
    own.is_full = False
    bench.pass_time(BATCHES_UNTIL)
    bench.cycle()
    assert len(bench.told.of(FallsBack)) == 1
    assert [update.digest for update in bench.alone()] == [relay.handed[0].digest]


def test_a_file_without_the_clients_signed_entry_is_not_kept(
    bench: RelayedClient, own: OwnStore, relay: FakeRelay
) -> None:
    bench.settle()
    bench.post(bench.federation.signed(1, bench.federation.update(1, weights(1))))
    bench.post(replace(relay.handed[0], digest=Digest(b"\7" * 32)))
    bench.cycle(3)
    assert own.added == []


def test_a_round_that_begins_with_another_model_has_its_batch_file_kept_too(
    bench: RelayedClient, own: OwnStore
) -> None:
    """A batch that counted for nothing before the reorganization may count after it."""
    digest = bench.federation.store.add(bench.federation.update(0, weights(0)))
    other_model = bench.federation.store.add(encode(weights(1)))
    domain = replace(bench.federation.domain(), parent_model=other_model)
    bench.settle()
    batch = bench.post(domain.sign(CLIENTS[0], digest))
    bench.cycle()
    assert own.added == []
    (opened,) = [event for event in bench.contract.events if isinstance(event, RoundOpened)]
    place = bench.contract.events.index(opened)
    bench.contract.events[place] = replace(opened, model_digest=other_model)
    bench.contract.model = other_model
    bench.cycle()
    assert own.added == [batch.digest, digest]


def test_the_verdict_of_a_round_that_is_over_asks_nothing_of_the_store(
    bench: RelayedClient, own: OwnStore, relay: FakeRelay
) -> None:
    bench.settle()
    bench.post(*relay.handed)
    bench.cycle()
    bench.finalize(VerdictCode.ACCEPTED)
    own.is_full = True
    bench.cycle()
    assert bench.told.names.count("verdict-received") == 1


# --- files that relays publish ---


@pytest.fixture
def handing(relay: FakeRelay, tmp_path: Path) -> RelayedClient:
    return RelayedClient(tmp_path, [relay], hand_file=True)


def test_a_file_that_the_relay_withdraws_after_a_look_is_still_there_for_the_jury(
    handing: RelayedClient, relay: FakeRelay
) -> None:
    own = handing.with_own_store()
    relay.store = handing.federation.store
    handing.settle()
    (entry,) = relay.handed
    handing.post(entry)
    handing.cycle(2)
    withdraw(handing, entry.digest)
    handing.pass_time(1095)
    handing.cycle(2)
    assert kept(own, entry.digest) == relay.given[0]
    assert handing.told.of(UpdatePublished) == []


def test_a_file_that_cannot_be_kept_is_seen_to_again(
    handing: RelayedClient, relay: FakeRelay
) -> None:
    own = handing.with_own_store()
    relay.store = handing.federation.store
    handing.settle()
    (entry,) = relay.handed
    handing.post(entry)
    handing.cycle()  # the batch's file is kept, and the relay is given the update's
    own.is_full = True
    with pytest.raises(StoreUnavailable):
        handing.cycle()
    own.is_full = False
    withdraw(handing, entry.digest)
    handing.pass_time(1095)
    handing.cycle()
    assert kept(own, entry.digest) == relay.given[0]
