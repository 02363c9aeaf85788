"""Whether an open round is about to close without a client's update."""

from pathlib import Path

import pytest

from fedjury.clients.events import UpdateSubmitted
from fedjury.clients.lateness import UpdateLateness
from fedjury.clients.proving import RosterProofs
from fedjury.clients.relay_events import FoundInBatch, HandedToRelay
from fedjury.errors import StoreUnavailable
from fedjury.task.vitals.sentry import Sight
from tests.support.fake_federation import CLIENTS, STRANGER, FakeFederation, weights


class Bench:
    """An open round, and whoever looks whether a client is late in it."""

    def __init__(self, federation: FakeFederation, address: str) -> None:
        self.federation, self.address, self.now = federation, address, 0.0
        task = federation.task
        proofs = RosterProofs(task, task.store, address)
        self.lateness = UpdateLateness(task, proofs, lambda: self.now)
        self.late = federation.contract.deadline - task.config.round_seconds / 4

    def look(self) -> str:
        """What is found for the client."""
        task = self.federation.task
        stamp = task.chain.block()
        return self.lateness.look(Sight(stamp, task.contract.overview(self.address, at=stamp)))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A client of a federation in which nobody has submitted yet."""
    return Bench(FakeFederation(tmp_path), CLIENTS[0].address)


def test_a_client_is_late_in_the_last_quarter_of_a_round(bench: Bench) -> None:
    bench.now = bench.late - 1
    assert bench.look() == ""
    bench.now = bench.late
    assert bench.look().startswith("round 1 takes updates until 1970-01-01")
    assert bench.look().endswith("and has none of this client yet")


def test_an_update_on_chain_is_in_time(bench: Bench) -> None:
    bench.federation.submit_weights(weights(0, 1))
    bench.now = bench.late
    assert bench.look() == ""


def test_what_the_client_tells_counts_before_the_chain_shows_it(bench: Bench) -> None:
    bench.now = bench.late
    bench.lateness.event(UpdateSubmitted(round=1, cid="Qm", gas=1, transaction="0x"))
    assert bench.look() == ""


def test_an_update_in_a_batch_is_in_time_and_a_receipt_alone_is_not(bench: Bench) -> None:
    bench.now = bench.late
    bench.lateness.event(HandedToRelay(round=1, cid="Qm", relay="http://a", relayer="0x"))
    assert "has none of this client yet" in bench.look()
    bench.lateness.event(FoundInBatch(round=1, cid="Qm", relayer="0x", index=0))
    assert bench.look() == ""


def test_the_next_round_wants_an_update_of_its_own(bench: Bench) -> None:
    bench.lateness.event(FoundInBatch(round=1, cid="Qm", relayer="0x", index=0))
    bench.federation.contract.void()
    bench.now = bench.late + 1000
    assert "round 2 takes updates" in bench.look()


def test_a_client_that_is_not_in_the_roster_is_not_late(tmp_path: Path) -> None:
    bench = Bench(FakeFederation(tmp_path), STRANGER.address)
    bench.now = bench.late
    assert bench.look() == ""


def test_nobody_can_tell_while_the_roster_cannot_be_had(bench: Bench) -> None:
    bench.federation.store.is_down = True
    bench.now = bench.late
    with pytest.raises(StoreUnavailable):
        bench.look()
