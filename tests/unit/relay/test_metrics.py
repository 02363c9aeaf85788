from pathlib import Path

import pytest

from fedjury.relay.events import BatchDropped, BatchPosted, BatchUnavailable, UpdatesLeft
from fedjury.relay.health import RelayHealth
from fedjury.relay.metrics import Metrics
from fedjury.relay.refusals import Refusal
from fedjury.relay.shelf import CHECK_SECONDS, RETRY_SECONDS, Shelf
from fedjury.relay.window import LONGEST_UNSEEN
from fedjury.runtime.events import TransientFailure
from fedjury.runtime.loop import Step
from fedjury.runtime.monitoring.pulse import Pulse
from fedjury.task.vitals.purse import BATCH_GAS, Purse
from tests.support.fake_federation import RELAYER
from tests.support.relay_parts import RelayParts
from tests.unit.runtime.http.test_limits import Clock

FAILURE = TransientFailure(reason="the node is gone", error="ChainUnavailable", retry_seconds=1.0)


def figures(metrics: Metrics) -> dict[str, float]:
    """All figures by name and labels."""
    lines = metrics.text().decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def test_every_figure_is_there_from_the_beginning() -> None:
    metrics = Metrics()
    metrics.watch(lambda: 3, lambda: 70, lambda: 5 * 10**17)
    found = figures(metrics)
    assert found["fedjury_relay_updates_accepted_total"] == 0
    for reason in Refusal:
        assert found[f'fedjury_relay_refused_total{{reason="{reason.value}"}}'] == 0
    assert found["fedjury_relay_updates_queued"] == 3
    assert found["fedjury_relay_chain_height"] == 70
    assert found["fedjury_relay_balance_ether"] == 0.5


def test_what_happens_is_counted() -> None:
    metrics = Metrics()
    metrics.accepted()
    metrics.refused(Refusal.CONFLICT)
    metrics.took("updates", 0.02)
    metrics.event(BatchPosted(round=1, count=7, cid="Qm", block=3))
    metrics.event(BatchDropped(round=1, count=2, cid="Qm", reason="over"))
    metrics.event(BatchUnavailable(round=1, count=4, cid="Qm"))
    metrics.event(UpdatesLeft(round=1, count=3, reason="over"))
    metrics.event(FAILURE)
    found = figures(metrics)
    assert found["fedjury_relay_updates_accepted_total"] == 1
    assert found['fedjury_relay_refused_total{reason="conflict"}'] == 1
    assert found["fedjury_relay_updates_posted_total"] == 7
    assert found["fedjury_relay_batches_posted_total"] == 1
    assert found["fedjury_relay_updates_lost_total"] == 9
    assert found["fedjury_relay_failures_total"] == 1
    assert found['fedjury_relay_request_seconds_count{route="updates"}'] == 1


def test_two_relays_in_one_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.accepted()
    assert figures(other)["fedjury_relay_updates_accepted_total"] == 0


@pytest.fixture
def clock() -> Clock:
    """A clock of the test's own."""
    return Clock()


@pytest.fixture
def health(relay: RelayParts, clock: Clock) -> RelayHealth:
    """Health of a relay that has done nothing yet."""
    relay.shelf = Shelf(relay.federation.store, relay.told.append, clock)
    return RelayHealth(relay.purse, relay.shelf, relay.window, Pulse(clock), clock)


def test_a_relay_is_well_once_a_cycle_was_done(health: RelayHealth) -> None:
    assert "has not looked" in health.trouble
    health.watch(lambda: Step.WAITING)()
    assert health.trouble == ""


def test_a_failure_is_trouble_until_a_cycle_works_again(health: RelayHealth) -> None:
    watched = health.watch(lambda: Step.PROGRESS)
    watched()
    health.event(FAILURE)
    assert health.trouble == "the node is gone"
    watched()
    assert health.trouble == ""


def test_cycles_that_do_not_end_are_trouble(health: RelayHealth, clock: Clock) -> None:
    health.watch(lambda: Step.PROGRESS)()
    clock.now += LONGEST_UNSEEN + 1
    assert "no look at the chain" in health.trouble


def test_an_account_that_cannot_pay_is_trouble(relay: RelayParts, health: RelayHealth) -> None:
    health.watch(lambda: Step.PROGRESS)()
    relay.purse.is_short("it has too little")
    assert health.trouble == "it has too little"


def test_a_store_that_is_down_is_noticed_without_need_of_it(
    relay: RelayParts, health: RelayHealth, clock: Clock, tmp_path: Path
) -> None:
    watched = health.watch(lambda: Step.WAITING)
    watched()
    store = relay.federation.store.path
    store.rename(tmp_path / "away")
    watched()
    assert health.trouble == ""
    clock.now += CHECK_SECONDS
    watched()
    assert f"the store, directory {store}, does not work" in health.trouble
    (tmp_path / "away").rename(store)
    clock.now += RETRY_SECONDS
    watched()
    assert health.trouble == ""


def test_an_account_that_was_taken_off_is_trouble(relay: RelayParts, health: RelayHealth) -> None:
    watched = health.watch(relay.cycle)
    watched()
    assert health.trouble == ""
    relay.federation.contract.set_relayer_to(RELAYER.address, False)
    watched()
    assert "is no relayer of this task" in health.trouble
    relay.federation.contract.set_relayer_to(RELAYER.address, True)
    watched()
    assert health.trouble == ""


def test_a_purse_is_looked_into_twice_a_minute(relay: RelayParts) -> None:
    clock = Clock()
    purse = Purse(relay.federation.task.chain, relay.account.address, BATCH_GAS, clock)
    relay.account.balance = 10**9
    purse.look()
    assert purse.balance == 10**9
    assert "cannot pay for the gas" in purse.lack
    relay.account.balance = 10**18
    purse.look()
    assert purse.lack
    clock.now += 30
    purse.look()
    assert (purse.balance, purse.lack) == (10**18, "")
