"""A relay that takes nothing in for the moment is a warning only when that lasts."""

from pathlib import Path

import pytest

from fedjury.clients.relay_endpoint import RelayFailed, RelayNotNow
from fedjury.clients.relay_events import RelayBusy, RelayFailing
from fedjury.clients.relay_tries import patience
from fedjury.clients.relays import Relays
from fedjury.protocol.digest import Digest
from fedjury.runtime.events import Severity
from tests.support.fake_federation import FakeFederation
from tests.support.fake_relay import FakeRelay
from tests.support.recorder import Recorder

CLOSED = RelayNotNow("HTTP 503: nothing is taken in now: round 1 is closed")
PATIENCE = 20  # a third of the time for batches


class Bench:
    """One relay, and a clock."""

    def __init__(self, directory: Path) -> None:
        self.federation, self.told = FakeFederation(directory, clients=3), Recorder()
        self.relay, self.clock = FakeRelay("http://one"), 0.0
        task = self.federation.task
        self.relays = Relays(task, [self.relay], self.told, lambda: self.clock)

    def ask(self, at: float) -> None:
        """Hand an update over at a time."""
        self.clock = at
        entry = self.federation.signed(0, b"an update")
        self.relays.hand_over(self.federation.domain(), entry, 60.0)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_refusal_for_the_moment_is_no_warning(bench: Bench) -> None:
    bench.relay.failure = CLOSED
    for at in (0, 2, 8, PATIENCE - 1):
        bench.ask(at)
    (told,) = bench.told.events
    assert isinstance(told, RelayBusy)
    assert (told.severity, told.relay) == (Severity.INFO, "http://one")
    assert told.what == (
        "the relay at http://one takes nothing in for the moment: HTTP 503: nothing is taken in "
        "now: round 1 is closed"
    )


def test_one_that_lasts_is_a_warning(bench: Bench) -> None:
    bench.relay.failure = CLOSED
    for at in (0, 2, 8, 8 + 30 + PATIENCE):
        bench.ask(at)
    assert bench.told.names == ["relay-busy", "relay-failing"]


def test_a_relay_that_cannot_be_reached_is_a_warning_at_once(bench: Bench) -> None:
    bench.relay.failure = RelayFailed("it cannot be reached (ConnectionError)")
    bench.ask(0)
    (told,) = bench.told.events
    assert isinstance(told, RelayFailing)
    assert told.severity is Severity.WARNING


def test_warnings_end_after_three(bench: Bench) -> None:
    bench.relay.failure = RelayFailed("it cannot be reached (ConnectionError)")
    for number in range(6):
        bench.ask(31 * number)
    assert bench.told.names == ["relay-failing"] * 3


def test_the_patience_is_half_a_minute_at_most() -> None:
    assert (patience(60), patience(90), patience(3600)) == (20, 30, 30)


def test_whose_a_relay_is_it_is_asked_once(bench: Bench) -> None:
    bench.relay.failure = CLOSED
    for at in (0, 2, 8):
        bench.ask(at)
    assert (bench.relay.asked, len(bench.relay.handed)) == (1, 3)
    assert isinstance(bench.relay.handed[0].digest, Digest)
