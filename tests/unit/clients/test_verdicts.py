"""Telling a client of each finished round once, and where its events are looked for."""

from pathlib import Path
from typing import Any

import pytest

from fedjury.chain.contracts.events import ChainEvent, RoundFinalized, UpdateSubmitted
from fedjury.clients.events import RoundVoided, VerdictReceived
from fedjury.clients.journal import Journal
from fedjury.clients.verdicts import VerdictReporter
from fedjury.errors import ChainUnavailable
from fedjury.protocol.digest import Digest
from fedjury.protocol.report import Report
from fedjury.protocol.updates_hash import updates_hash
from fedjury.protocol.verdicts import Verdict, VerdictCode, pack
from tests.support.fake_federation import CLIENTS, FakeFederation
from tests.support.recorder import Recorder

DIGEST = Digest(b"\7" * 32)


class Bench:
    """A federation, and what the first of its clients is told of its rounds."""

    def __init__(self, directory: Path) -> None:
        self.federation = FakeFederation(directory)
        self.contract = self.federation.contract
        self.told = Recorder()
        self.journal = Journal(directory / "journal")
        self._reporter = VerdictReporter(
            self.federation.task, CLIENTS[0].address, self.journal, self.told
        )

    def report(self) -> None:
        self._reporter.report(
            before=self.contract.number,
            last_round=self.contract.last_rounds.get(CLIENTS[0].address, 0),
            at=self.federation.chain.block(),
        )

    def finalize(self, *correct: int) -> None:
        """Have the jury accept all updates, with so many samples right."""
        verdicts = pack(Verdict(VerdictCode.ACCEPTED, count) for count in correct)
        model = self.contract.model
        running = updates_hash(self.contract.number, self.contract.submitted())
        self.contract.finalize(
            Report(self.contract.number, 1, running, 2, 3, model), verdicts, bytes(65)
        )

    def play(self, mine: int) -> None:
        """A round in which this client submits after so many others."""
        others = [account.address for account in CLIENTS[1:]]
        for client in [*others[:mine], CLIENTS[0].address, *others[mine:]]:
            self.contract.submit(client, DIGEST)
        self.finalize(*range(len(CLIENTS)))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def verdict(number: int, correct: int) -> VerdictReceived:
    return VerdictReceived(round=number, code="accepted", correct=correct, baseline_correct=2)


def test_rounds_are_told_in_order_and_once(bench: Bench) -> None:
    for _ in range(3):
        bench.contract.void()
    bench.report()
    bench.report()
    assert bench.told.events == [RoundVoided(round=number) for number in (1, 2, 3)]


def test_the_verdict_is_the_one_at_the_updates_own_place(bench: Bench) -> None:
    for mine in (0, 3, 5):
        bench.play(mine)
    bench.report()
    assert bench.told.events == [verdict(1, 0), verdict(2, 3), verdict(3, 5)]


def test_of_a_round_only_the_own_update_and_the_end_are_read(bench: Bench) -> None:
    bench.play(3)
    given: list[ChainEvent] = []
    read_events = bench.contract.read_events

    def counting(*arguments: Any, **options: Any) -> list[ChainEvent]:
        found = read_events(*arguments, **options)
        given.extend(found)
        return found

    bench.contract.read_events = counting  # type: ignore[method-assign]
    bench.report()
    assert [type(event) for event in given] == [RoundFinalized, UpdateSubmitted]


def test_a_round_without_this_client_is_passed_over(bench: Bench) -> None:
    bench.contract.submit(CLIENTS[1].address, DIGEST)
    bench.finalize(7)
    bench.play(1)
    bench.report()
    assert bench.told.events == [verdict(2, 1)]
    assert bench.journal.reported == 2


@pytest.mark.parametrize("kind", [UpdateSubmitted, RoundFinalized])
def test_what_the_node_keeps_back_is_asked_for_again(bench: Bench, kind: type[ChainEvent]) -> None:
    bench.play(2)
    contract = bench.contract
    contract.withheld = [event for event in contract.events if isinstance(event, kind)]
    with pytest.raises(ChainUnavailable, match="round 1"):
        bench.report()
    assert (bench.told.events, bench.journal.reported) == ([], 0)
    contract.withheld = []
    bench.report()
    assert bench.told.events == [verdict(1, 2)]


@pytest.mark.parametrize("kind", [RoundFinalized, UpdateSubmitted])
def test_nothing_before_the_last_round_is_asked_for_unless_something_is_missing(
    bench: Bench, kind: type[ChainEvent]
) -> None:
    bench.contract.void()
    bench.report()
    bench.play(len(CLIENTS) - 1)
    bench.federation.change(kind, block_number=1)  # moved by a reorganization
    with pytest.raises(ChainUnavailable, match="round 2"):
        bench.report()
    assert bench.told.events == [RoundVoided(round=1)]
    bench.report()
    assert bench.told.events == [RoundVoided(round=1), verdict(2, len(CLIENTS) - 1)]


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (VerdictCode.ACCEPTED, "accepted (4 right with it, 3 without)"),
        (VerdictCode.NOT_IMPROVED, "not-improved (4 right with it, 3 without)"),
        (VerdictCode.TOO_LARGE, "too-large"),
        (VerdictCode.MODEL_RAISES, "model-raises"),
    ],
)
def test_what_was_counted_is_told_of_updates_that_were_evaluated(
    code: VerdictCode, says: str
) -> None:
    told = VerdictReceived(round=1, code=code.label, correct=4, baseline_correct=3)
    assert told.what == says


def test_a_duplicate_is_told_without_an_accusation() -> None:
    told = VerdictReceived(round=1, code="duplicate", correct=0, baseline_correct=3)
    assert "no accusation, as clients with equal data and seed train equal weights" in told.what
    assert "right" not in told.what
