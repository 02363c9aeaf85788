"""Telling a client of each finished round once, and where its events are looked for."""

from pathlib import Path

import pytest

from fedjury.chain.contracts.events import RoundOpened
from fedjury.clients.events import RoundVoided
from fedjury.clients.journal import Journal
from fedjury.clients.verdicts import VerdictReporter
from fedjury.errors import ChainUnavailable
from tests.support.fake_federation import CLIENTS, FakeFederation
from tests.support.recorder import Recorder


class Bench:
    """A federation whose rounds are voided, and what a client is told of them."""

    def __init__(self, directory: Path) -> None:
        self.federation = FakeFederation(directory)
        self.told = Recorder()
        journal = Journal(directory / "journal")
        self._reporter = VerdictReporter(
            self.federation.task, CLIENTS[0].address, journal, self.told
        )

    def report(self) -> None:
        number = self.federation.contract.number
        self._reporter.report(before=number, at=self.federation.chain.block())


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_rounds_are_told_in_order_and_once(bench: Bench) -> None:
    for _ in range(3):
        bench.federation.contract.void()
    bench.report()
    bench.report()
    assert bench.told.events == [RoundVoided(round=number) for number in (1, 2, 3)]


def test_nothing_before_the_last_round_is_asked_for_unless_something_is_missing(
    bench: Bench,
) -> None:
    bench.federation.contract.void()
    bench.report()
    bench.federation.change(RoundOpened, block_number=1)  # moved by a reorganization
    bench.federation.contract.void()
    with pytest.raises(ChainUnavailable, match="round 2"):
        bench.report()
    assert bench.told.events == [RoundVoided(round=1)]
    bench.report()
    assert bench.told.events == [RoundVoided(round=1), RoundVoided(round=2)]
