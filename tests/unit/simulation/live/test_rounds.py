"""Rounds of a live federation: played in order, outlasting what goes wrong, read back."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from fedjury.chain.contracts.events import BatchSubmitted, SliceDisclosed
from fedjury.clients.client import Client
from fedjury.clients.journal import Journal
from fedjury.clients.relay_endpoint import RelayStatus
from fedjury.data.verification import VerificationSet
from fedjury.deploy.action import Deployed
from fedjury.errors import ChainUnavailable, ExitCode, TransactionReverted
from fedjury.oracle.events import WakingChain
from fedjury.protocol.batch_file import BatchEntry
from fedjury.protocol.digest import Digest
from fedjury.protocol.reasons import Grounds, Reason
from fedjury.protocol.receipt import Receipt
from fedjury.protocol.tensors import Tensors
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.protocol.verdicts import VerdictCode
from fedjury.runtime.events import TransientFailure
from fedjury.runtime.loop import Step
from fedjury.simulation.events import TurnTaken
from fedjury.simulation.jury_samples import commit
from fedjury.simulation.live.federation import Federation
from fedjury.simulation.live.jury import LiveJury
from fedjury.simulation.live.notes import NoteTaker
from fedjury.simulation.live.relay import LiveRelay
from fedjury.simulation.live.rounds import RoundPlayer, VoidedRound
from fedjury.simulation.outcome import RoundOutcome
from tests.support.fake_federation import (
    EACH,
    JUROR,
    RELAYER,
    STRANGER,
    FakeFederation,
    as_sender,
    verification,
    weights,
)
from tests.support.jurors import make_juror
from tests.support.recorder import Recorder

CLIENTS = 2
START = 1_000_000.0


def hurried_clock() -> Callable[[], float]:
    """A clock that goes on by ten minutes whenever somebody looks."""
    ticks: Iterator[int] = iter(range(10**6))
    return lambda: START + 600 * next(ticks)


def trained(index: int) -> Tensors:
    """What a client comes to; no two the same."""
    return weights(0, 1, scale=4.0 + index)


class FakeRelay:
    """Takes everything in for the round that it has seen, and submits it when it is told to.

    Attributes:
        name: of the relay.
        taken: by client what it handed in for the round that is on.
        errors: raised one after the other instead of submitting.
    """

    name = "a fake"

    def __init__(self, fake: FakeFederation) -> None:
        self._fake = fake
        self._seen = 0
        self.taken: dict[str, BatchEntry] = {}
        self.errors: list[Exception] = []
        fake.contract.set_relayer_to(RELAYER.address, True)

    def cycle(self) -> Step:
        """See a new round, or submit."""
        if self._seen != self._fake.contract.number:
            self._seen, self.taken = self._fake.contract.number, {}
            return Step.WAITING
        if self.errors:
            raise self.errors.pop(0)
        self._fake.relay(*self.taken.values())
        return Step.PROGRESS

    def hand_over(
        self, domain: UpdateDomain, entry: BatchEntry, seconds: float
    ) -> tuple[Receipt, bytes]:
        """As `LiveRelay.hand_over`."""
        assert domain.round == self._seen
        self.taken[entry.client] = entry
        receipt = Receipt(domain.round, domain.parent_model, entry.client, entry.digest, 1000)
        return receipt, receipt.sign(RELAYER, domain.chain_id, domain.task)

    def status(self, seconds: float) -> RelayStatus:
        """As `LiveRelay.status`."""
        return RelayStatus(self._fake.task.name, RELAYER.address)

    def digest_of(self, number: int, client: str) -> Digest | None:
        """As `LiveRelay.digest_of`."""
        entry = self.taken.get(client) if number == self._seen else None
        return None if entry is None else entry.digest


class Bench:
    """A federation in memory whose rounds are played; its clients get two classes of three right.

    Attributes:
        fake: the federation.
        senders: of the clients.
        coordinator: its sender.
        judge: the juror's sender.
        relay: that all clients go through; None for none.
        told: every event.
        slept: every pause.
    """

    def __init__(
        self, directory: Path, *slices: VerificationSet, relayed: bool = False, **changes: Any
    ) -> None:
        self.fake = FakeFederation(directory, CLIENTS, **changes)
        self.relay = FakeRelay(self.fake) if relayed else None
        self.coordinator = self.fake.sender(STRANGER)
        self.senders = [self.fake.sender(account) for account in self.fake.clients]
        self.judge = self.fake.sender(JUROR)
        self.told, self.slept = Recorder(), list[float]()
        notes = NoteTaker(self.told)
        juror = make_juror(
            self.fake,
            directory,
            notes,
            sender=self.judge,
            now=hurried_clock(),
            chosen=slices or None,
        )
        federation = Federation(
            task=self.fake.task,
            coordinator=as_sender(self.coordinator),
            deployed=cast(Deployed, None),
            clients=[self.client(index, directory, notes) for index in range(CLIENTS)],
            addresses=[account.address for account in self.fake.clients],
            jury=LiveJury([juror.cycle], [JUROR.address]),
            relay=cast(LiveRelay | None, self.relay),
        )
        self.player = RoundPlayer(federation, notes, self.sleep)

    def client(self, index: int, directory: Path, notes: NoteTaker) -> Client:
        def train(number: int, current: Tensors) -> Tensors:
            return trained(index)

        return Client(
            self.fake.task,
            self.fake.clients[index],
            as_sender(self.senders[index]),
            train,
            Journal(directory / f"client-{index}"),
            notes,
            relays=[] if self.relay is None else [cast(LiveRelay, self.relay)],
            now=lambda: 0.0,
        )

    def sleep(self, seconds: float) -> None:
        """Time heals the store."""
        self.slept.append(seconds)
        self.fake.store.is_down = False

    def play(self, number: int = 1, *order: int) -> RoundOutcome:
        return self.player.play(number, list(order) or [0, 1], self.fake.genesis)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_round_is_what_chain_store_and_juror_tell_of_it(bench: Bench) -> None:
    outcome = bench.play(1, 1, 0)
    assert outcome.number == 1
    assert list(outcome.updates) == list(outcome.verdicts) == [1, 0]
    for index, update in outcome.updates.items():
        assert update["weight"].equal(trained(index)["weight"])
    assert {index: each.accepted for index, each in outcome.verdicts.items()} == {0: True, 1: True}
    # the first model gets nothing right, and the best constant answer a class
    assert (outcome.baseline_correct, outcome.model_correct) == (EACH, 2 * EACH)
    assert {index: each.correct for index, each in outcome.verdicts.items()} == {0: 4, 1: 4}
    assert outcome.grounds == {0: Grounds(), 1: Grounds()}
    assert outcome.signers == (0,)
    assert outcome.digest == bench.fake.contract.model
    assert outcome.model["weight"].equal(bench.fake.task.fetch_model(outcome.digest)["weight"])
    turns = [(each.round, each.done, each.client) for each in bench.told.of(TurnTaken)]
    assert turns == [(1, 0, 1), (1, 1, 0), (1, 2, None)]
    assert bench.slept == []


def test_updates_through_a_relay_are_one_batch_sorted_by_address(tmp_path: Path) -> None:
    bench = Bench(tmp_path, relayed=True)
    addresses = [account.address.lower() for account in bench.fake.clients[:CLIENTS]]
    ascending = sorted(range(CLIENTS), key=lambda index: addresses[index])
    for number in (1, 2):
        outcome = bench.play(number, *reversed(ascending))
        assert list(outcome.updates) == list(outcome.verdicts) == ascending
        for index, update in outcome.updates.items():
            assert update["weight"].equal(trained(index)["weight"])
    assert bench.fake.contract.number == 3
    batches = [each for each in bench.fake.contract.events if isinstance(each, BatchSubmitted)]
    assert [(each.round, each.count) for each in batches] == [(1, 2), (2, 2)]
    assert [sender.tried for sender in bench.senders] == [[]] * CLIENTS
    assert bench.fake.chain.timestamp >= 1000 + 2 * 100


def test_a_relay_that_meets_a_transient_error_submits_all_the_same(tmp_path: Path) -> None:
    bench = Bench(tmp_path, relayed=True)
    assert bench.relay is not None
    bench.relay.errors = [ChainUnavailable("the node is away")]
    assert len(bench.play().updates) == CLIENTS
    assert [each.reason for each in bench.told.of(TransientFailure)] == ["the node is away"]


def test_one_round_follows_the_other(bench: Bench) -> None:
    assert [bench.play(number).number for number in (1, 2, 3)] == [1, 2, 3]
    assert bench.fake.contract.number == 4


def test_why_an_update_is_turned_away_is_read_from_the_record(bench: Bench) -> None:
    bench.fake.submit(0, bench.fake.update(0, trained(1)))
    outcome = bench.play(1, 1)
    assert outcome.verdicts[1].code is VerdictCode.DUPLICATE
    assert outcome.grounds == {0: Grounds(), 1: Grounds(Reason.SAME_TENSORS, (0,))}


def test_a_record_that_is_not_to_be_had_yet_is_waited_for(bench: Bench) -> None:
    bench.judge.on_delivery = lambda: setattr(bench.fake.store, "is_down", True)
    assert bench.play().grounds == {0: Grounds(), 1: Grounds()}
    (failure,) = bench.told.of(TransientFailure)
    assert failure.error == "StoreUnavailable"


def test_a_roster_of_fewer_lets_a_round_end_with_their_last_update(bench: Bench) -> None:
    bench.player.set_next_roster([1])
    (roster,) = [call[1] for call in bench.coordinator.sent]
    assert roster.members == [bench.fake.clients[1].address]
    assert list(bench.play(1).updates) == [0, 1]
    assert list(bench.play(2, 1).updates) == [1]
    assert bench.fake.contract.roster_version == 2


def test_a_slice_is_disclosed_when_its_round_is_over(tmp_path: Path) -> None:
    samples = verification().samples
    slices = [VerificationSet(samples, bytes([number]) * 32) for number in (1, 2)]
    terms = commit(slices).model_dump()
    bench = Bench(tmp_path, *slices, verification=terms)
    for number in (1, 2):
        bench.play(number)
        told = [each for each in bench.fake.contract.events if isinstance(each, SliceDisclosed)]
        assert [each.slice for each in told] == list(range(1, number + 1))
        file = bench.fake.store.fetch(told[-1].digest, 10_000, 1.0)
        assert file == slices[number - 1].to_bytes()


def test_a_juror_that_only_wakes_the_chain_has_not_judged_yet(bench: Bench) -> None:
    bench.judge.errors = [TransactionReverted("RoundNotClosed")]
    assert bench.play().model_correct == 4
    assert len(bench.told.of(WakingChain)) == 1


def test_transient_errors_are_told_and_outlasted(bench: Bench) -> None:
    bench.senders[0].errors = [ChainUnavailable("the node is away")] * 2
    bench.judge.errors = [ChainUnavailable("the node is away again")]
    bench.play()
    failures = [(each.reason, each.retry_seconds) for each in bench.told.of(TransientFailure)]
    assert failures == [
        ("the node is away", 1),
        ("the node is away", 2),
        ("the node is away again", 1),
    ]
    assert bench.slept == [1, 2, 1]
    assert {each.error for each in bench.told.of(TransientFailure)} == {"ChainUnavailable"}


def test_one_transient_error_too_many_in_a_row_ends_the_run(bench: Bench) -> None:
    bench.senders[0].errors = [ChainUnavailable("the node is gone")] * 6
    with pytest.raises(ChainUnavailable, match="the node is gone"):
        bench.play()
    assert len(bench.told.of(TransientFailure)) == 5


def test_a_client_whose_file_is_stored_at_the_second_try_has_had_its_turn(bench: Bench) -> None:
    bench.senders[0].on_delivery = lambda: setattr(bench.fake.store, "is_down", True)
    outcome = bench.play()
    assert {index: each.accepted for index, each in outcome.verdicts.items()} == {0: True, 1: True}
    assert [each.error for each in bench.told.of(TransientFailure)] == ["StoreUnavailable"]


def test_a_voided_round_is_an_error_that_says_so(bench: Bench) -> None:
    bench.senders[1].on_delivery = bench.fake.contract.void
    with pytest.raises(VoidedRound, match="round 1 was voided") as caught:
        bench.play()
    assert caught.value.exit_code is ExitCode.SCENARIO_FAILED
