"""Looks at chain, contract and store beside a daemon's cycles."""

from pathlib import Path

import pytest

from fedjury.errors import FedjuryError, StoreUnavailable, TransactionReverted, WrongChain
from fedjury.runtime.monitoring.figures import Figures
from fedjury.runtime.monitoring.health import LASTING_SECONDS, LONGEST_SILENCE
from fedjury.task.vitals.chain_watch import ChainWatch
from fedjury.task.vitals.purse import Purse
from fedjury.task.vitals.sentry import Lookout, Sentry, Sight, StoreLookout
from fedjury.task.vitals.sightings import RoundCounter, show_sights
from tests.support.fake_federation import JUROR, FakeFederation
from tests.support.figures import figures_of
from tests.support.paced_chain import PacedChain
from tests.unit.runtime.http.test_limits import Clock


class Finding:
    """A lookout whose findings are the test's.

    Attributes:
        found: what it finds.
        seen: what it was shown.
    """

    def __init__(self) -> None:
        self.found, self.seen = "", list[Sight]()

    def look(self, sight: Sight) -> str:
        """As `Lookout.look`."""
        self.seen.append(sight)
        return self.found


@pytest.fixture
def federation(tmp_path: Path) -> FakeFederation:
    """Three clients and a juror."""
    return FakeFederation(tmp_path)


@pytest.fixture
def clock() -> Clock:
    """A clock of the test's own."""
    return Clock()


def sentry_of(federation: FakeFederation, clock: Clock, *lookouts: Lookout) -> Sentry:
    """A sentry for the juror, that has not looked yet."""
    task = federation.task
    return Sentry(task, JUROR.address, ChainWatch(task.chain), *lookouts, clock=clock)


def test_a_sentry_shows_others_the_newest_block_and_the_contract(
    federation: FakeFederation, clock: Clock
) -> None:
    finding = Finding()
    sentry = sentry_of(federation, clock, finding)
    assert sentry.trouble == "the chain has not been looked at yet"
    sentry.work()
    assert sentry.trouble == ""
    (sight,) = finding.seen
    assert sight.stamp == federation.task.chain.block()
    assert (sight.seen.round.number, sight.seen.is_juror) == (1, True)
    finding.found = "too late"
    sentry.work()
    assert sentry.trouble == "too late"


def test_a_store_that_does_not_answer_is_trouble_once_that_lasts(
    federation: FakeFederation, clock: Clock
) -> None:
    sentry = sentry_of(federation, clock, StoreLookout(federation.store))
    federation.store.is_down = True
    with pytest.raises(StoreUnavailable) as down:
        federation.store.check()
    sentry.work()
    assert sentry.trouble == ""
    clock.now += LASTING_SECONDS
    sentry.work()
    assert sentry.trouble == str(down.value)
    federation.store.is_down = False
    sentry.work()
    assert sentry.trouble == ""


@pytest.mark.parametrize("error", [WrongChain("chain 5"), TransactionReverted("nothing is there")])
def test_no_error_of_a_node_ends_the_looking(
    federation: FakeFederation,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    error: FedjuryError,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    sentry = sentry_of(federation, clock)
    with monkeypatch.context() as broken:
        broken.setattr(federation.task.contract, "overview", refuse)
        sentry.work()
        clock.now += LASTING_SECONDS
        sentry.work()
        assert sentry.trouble == str(error)
    sentry.work()
    assert sentry.trouble == ""


def test_looks_that_do_not_come_back_are_trouble(federation: FakeFederation, clock: Clock) -> None:
    sentry = sentry_of(federation, clock)
    sentry.work()
    clock.now += LONGEST_SILENCE + 1
    assert sentry.trouble == "chain and store have left the last look at them unanswered for 181 s"
    sentry.work()
    assert sentry.trouble == ""


def test_rounds_that_end_are_counted_by_how_they_end(
    federation: FakeFederation, clock: Clock
) -> None:
    figures = Figures("juror")
    sentry = sentry_of(federation, clock, RoundCounter(federation.task, figures))
    show_sights(figures, sentry, None)
    sentry.work()
    federation.submit_three()
    federation.contract.void()
    federation.contract.void()
    sentry.work()
    sentry.work()
    found = figures_of(figures)
    assert found['fedjury_juror_rounds_ended_total{how="voided"}'] == 2
    assert found['fedjury_juror_rounds_ended_total{how="finalized"}'] == 0
    assert found["fedjury_juror_round"] == 3
    assert found["fedjury_juror_chain_height"] == federation.task.chain.block().number
    assert found["fedjury_juror_chain_time_seconds"] == 1000


def test_a_balance_is_shown_in_ether_once_it_is_known(
    federation: FakeFederation, clock: Clock
) -> None:
    figures, chain = Figures("client"), PacedChain([1000])
    purse = Purse(chain.as_chain, JUROR.address, 100_000)
    show_sights(figures, sentry_of(federation, clock), purse)
    assert "fedjury_client_balance_ether" not in figures_of(figures)
    chain.balance = 25 * 10**16
    purse.look()
    assert figures_of(figures)["fedjury_client_balance_ether"] == 0.25
