from pathlib import Path

import pytest

from fedjury.relay.events import BatchDropped, BatchPosted, BatchUnavailable, UpdatesLeft
from fedjury.relay.health import RelayHealth, lateness
from fedjury.relay.metrics import Metrics
from fedjury.relay.refusals import Refusal
from fedjury.relay.shelf import CHECK_SECONDS, RETRY_SECONDS, Shelf
from fedjury.runtime.events import TransientFailure
from fedjury.runtime.loop import Step
from fedjury.runtime.monitoring.health import LASTING_SECONDS, LONGEST_SILENCE
from fedjury.runtime.monitoring.pulse import Pulse
from tests.support.fake_federation import RELAYER
from tests.support.figures import figures_of
from tests.support.relay_parts import RelayParts
from tests.unit.runtime.http.test_limits import Clock

FAILURE = TransientFailure(reason="the node is gone", error="ChainUnavailable", retry_seconds=1.0)


def test_every_figure_is_there_from_the_beginning() -> None:
    metrics = Metrics()
    trouble = [""]
    metrics.watch(lambda: 3, lambda: 70, lambda: 5 * 10**17, lambda: trouble[0])
    found = figures_of(metrics)
    assert found["fedjury_relay_updates_accepted_total"] == 0
    for reason in Refusal:
        assert found[f'fedjury_relay_refused_total{{reason="{reason.value}"}}'] == 0
    assert found["fedjury_relay_updates_queued"] == 3
    assert found["fedjury_relay_chain_height"] == 70
    assert found["fedjury_relay_balance_ether"] == 0.5
    assert found["fedjury_relay_healthy"] == 1
    trouble[0] = "the node is gone"
    assert figures_of(metrics)["fedjury_relay_healthy"] == 0


def test_height_and_balance_are_shown_once_they_are_known_and_a_balance_of_nothing_is_one() -> None:
    metrics, known = Metrics(), dict[str, int]()
    metrics.watch(lambda: 0, lambda: known.get("height"), lambda: known.get("balance"))
    names = ("fedjury_relay_chain_height", "fedjury_relay_balance_ether")
    found = figures_of(metrics)
    assert [name for name in names if name in found] == []
    known.update(height=7, balance=0)
    found = figures_of(metrics)
    assert [found[name] for name in names] == [7, 0]


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
    found = figures_of(metrics)
    assert found["fedjury_relay_updates_accepted_total"] == 1
    assert found['fedjury_relay_refused_total{reason="conflict"}'] == 1
    assert found["fedjury_relay_updates_posted_total"] == 7
    assert found["fedjury_relay_batches_posted_total"] == 1
    assert found["fedjury_relay_updates_lost_total"] == 9
    assert found['fedjury_relay_failures_total{error="ChainUnavailable"}'] == 1
    assert found['fedjury_relay_request_seconds_count{route="updates"}'] == 1


def test_two_relays_in_one_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.accepted()
    assert figures_of(other)["fedjury_relay_updates_accepted_total"] == 0


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
    assert health.trouble == "it has only just been started"
    health.watch(lambda: Step.WAITING)()
    assert health.trouble == ""


def test_a_failure_that_lasts_is_trouble_until_a_cycle_works_again(
    health: RelayHealth, clock: Clock
) -> None:
    watched = health.watch(lambda: Step.PROGRESS)
    watched()
    health.event(FAILURE)
    clock.now += LASTING_SECONDS
    assert health.trouble == "the node is gone"
    watched()
    assert health.trouble == ""


def test_cycles_that_do_not_end_are_trouble(health: RelayHealth, clock: Clock) -> None:
    health.watch(lambda: Step.PROGRESS)()
    clock.now += LONGEST_SILENCE + 1
    assert "no sign of life for 181 s" in health.trouble


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


def test_updates_that_wait_while_time_runs_out_are_trouble(relay: RelayParts) -> None:
    relay.cycle()
    relay.take(0)
    assert lateness(relay.window, relay.queue) == ""
    found = relay.window.open
    assert found is not None
    relay.seconds = (found.takes_until + found.batches_until) / 2
    relay.federation.chain.timestamp = int(relay.seconds)
    relay.window.see(relay.federation.task.chain.block())
    left = found.batches_until - relay.window.now()
    assert lateness(relay.window, relay.queue) == (
        f"1 update of round 1 with a receipt in no batch yet, and {left:.0f} s are left for batches"
    )
    relay.window.close("the round is over")
    assert lateness(relay.window, relay.queue) == ""
