"""Rounds that do not go as planned: members missing, late, replaced, shut out."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fedjury.chain.contracts.events import RoundOpened
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.embedded import funded_accounts
from fedjury.chain.transactions.call import ContractCall
from fedjury.clients.events import NotSubmitted, RoundVoided, UpdatePublished, VerdictReceived
from fedjury.devnet import devnet_accounts
from fedjury.errors import TransactionReverted
from fedjury.oracle.events import RoundFinalized
from fedjury.protocol.digest import Digest
from fedjury.protocol.juries import jury_hash
from fedjury.runtime.events import Waiting
from fedjury.runtime.loop import Step
from tests.support.federation import (
    Federation,
    create_federation,
    cycle_until,
    judge_round,
)
from tests.support.recorder import Recorder
from tests.support.waiting import until

Create = Callable[..., Federation]
GRACE_SECONDS = 4  # the shortest: four times a second for files


@pytest.fixture(params=["embedded", "ganache", "anvil"])
def create(request: pytest.FixtureRequest, tmp_path: Path) -> Create:
    """Creates a federation on a chain; all but the embedded one make no blocks by themselves."""
    if request.param == "embedded":
        chain = Chain.connect("embedded")
        accounts = funded_accounts(chain.web3)
    else:
        chain = Chain.connect(request.getfixturevalue(request.param))
        accounts = devnet_accounts(10)
    return lambda **options: create_federation(tmp_path, chain, accounts, **options)


def test_a_client_that_never_publishes_does_not_hold_the_round_up(create: Create) -> None:
    federation, told = create(clients=3, rounds=1), Recorder()
    for index in (0, 1):
        assert federation.client(index, told).cycle() is Step.PROGRESS
    silent = federation.clients[2]
    federation.submit(silent, Digest(b"\7" * 32))
    clock = _Clock()
    fetcher = federation.fetcher("slow", 30.0, clock.now, clock.sleep)
    juror = federation.juror(told, fetcher=fetcher)
    assert juror.cycle() is Step.PROGRESS
    assert 20 < clock.now() <= 30  # less what has passed since the round closed
    labels = federation.labels(1)
    assert labels.pop(silent.address) == "unavailable"
    assert set(labels.values()) == {"accepted"}
    assert juror.cycle() is Step.FINISHED
    cycle_until(federation.client(0, told).cycle, Step.FINISHED)
    assert [event.code for event in told.of(VerdictReceived, 1)] == ["accepted"]


class _Clock:
    """Only sleeping moves it."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += seconds


def test_the_deadline_closes_a_round_and_a_late_client_waits_for_the_next(
    create: Create,
) -> None:
    federation, told, late_told = create(min_updates=2, round_seconds=2), Recorder(), Recorder()
    contract, juror = federation.task.contract, federation.juror(told)
    for index in (0, 1):
        cycle_until(federation.client(index, told).cycle)
    deadline = contract.current_round().deadline
    until(lambda: time.time() > deadline + 1)
    late = federation.client(2, late_told)
    assert late.cycle() is Step.WAITING
    refused, waiting = late_told.of(NotSubmitted, 1), late_told.of(Waiting, 1)
    assert refused or waiting
    assert all(event.error == "RoundClosed" for event in refused)
    assert not late_told.of(UpdatePublished)
    judge_round(federation, juror)
    assert len(federation.updates(1)) == 2
    cycle_until(late.cycle)
    assert [update.client for update in federation.updates(2)] == [federation.clients[2].address]
    assert late_told.of(UpdatePublished, 2)


def test_nobody_but_the_clock_says_that_the_round_is_over(create: Create) -> None:
    """No transaction comes after the deadline, and so on most chains no block either."""
    federation, told = create(min_updates=1, round_seconds=3), Recorder()
    juror = federation.juror(told)
    cycle_until(federation.client(0, told).cycle)
    judge_round(federation, juror)
    assert [event.round for event in federation.finalized()] == [1]
    assert federation.task.contract.current_round().number == 2


def test_a_voided_round_is_passed_over(create: Create) -> None:
    federation = create(round_seconds=1, grace_seconds=GRACE_SECONDS)
    contract = federation.task.contract
    told = [Recorder(), Recorder(), Recorder()]
    clients = [federation.client(index, each) for index, each in enumerate(told)]
    jury_told = Recorder()
    juror = federation.juror(jury_told)
    for client in clients[:2]:
        cycle_until(client.cycle)
    overdue = contract.current_round().deadline + GRACE_SECONDS
    until(lambda: time.time() > overdue + 1)
    assert juror.cycle() is Step.WAITING
    assert "2 of at least 3 updates" in jury_told.of(Waiting, 1)[-1].sentence
    until(lambda: _void(federation))
    genesis = federation.task.config.genesis_digest
    assert contract.current_round().model_digest == genesis
    for client in clients:
        cycle_until(client.cycle)
    judge_round(federation, juror)
    assert [federation.record(number).state for number in (1, 2)] == ["voided", "finalized"]
    clients[0].cycle()
    assert len(told[0].of(RoundVoided, 1)) == 1
    assert told[0].of(VerdictReceived, 2)
    assert not told[0].of(VerdictReceived, 1)


def _void(federation: Federation) -> bool:
    # where only transactions make blocks, one has to come after the deadline
    federation.coordinate(ContractCall("a block", federation.coordinator.address, b""))
    try:
        federation.coordinate(federation.task.contract.void_round(1))
    except TransactionReverted as reverted:
        if reverted.error != "TooEarlyToVoid":
            raise
        return False
    return True


def test_a_jury_that_the_sitting_one_wants_judges_the_next_round(create: Create) -> None:
    federation, told, old_told, new_told = create(clients=2), Recorder(), Recorder(), Recorder()
    newcomer = federation.strangers[0]
    hash = jury_hash([newcomer.address], 1)
    old = federation.juror(old_told, next_jury=hash)
    new = federation.juror(new_told, newcomer)
    clients = [federation.client(index, told) for index in range(2)]
    federation.coordinate(federation.task.contract.set_jury([newcomer.address], 1))
    for number, (called, idle, idle_told) in enumerate(
        [(old, new, new_told), (new, old, old_told)], start=1
    ):
        for client in clients:
            cycle_until(client.cycle)
        assert idle.cycle() is Step.WAITING
        assert f"is not in jury {number}" in idle_told.of(Waiting, number)[-1].sentence
        cycle_until(called.cycle)
    assert [event.jury_version for event in federation.finalized()] == [1, 2]
    assert [event.next_jury for event in federation.finalized()] == [hash, hash]
    assert len(old_told.of(RoundFinalized)) == len(new_told.of(RoundFinalized)) == 1


def test_a_jury_that_the_sitting_one_does_not_want_waits_for_its_notice(create: Create) -> None:
    federation, told = create(clients=2), Recorder()
    newcomer = federation.strangers[0]
    clients = [federation.client(index, told) for index in range(2)]
    juror = federation.juror(told)
    federation.coordinate(federation.task.contract.set_jury([newcomer.address], 1))
    for _ in (1, 2):
        for client in clients:
            cycle_until(client.cycle)
        judge_round(federation, juror)
    assert [event.jury_version for event in federation.finalized()] == [1, 1]
    announced = federation.task.contract.next_jury()
    assert announced is not None
    assert announced.hash == jury_hash([newcomer.address], 1)


def test_a_roster_of_nobody_stops_updates_but_no_report(create: Create) -> None:
    federation, told = create(clients=2), Recorder()
    clients = [federation.client(index, told) for index in range(2)]
    for client in clients:
        cycle_until(client.cycle)
    federation.set_roster([])
    judge_round(federation, federation.juror(told))
    assert clients[0].cycle() is Step.WAITING
    assert "not in the roster of round 2" in told.of(Waiting, 2)[-1].sentence
    federation.set_roster(federation.clients)
    assert [event.code for event in told.of(VerdictReceived, 1)] == ["accepted"]
    assert federation.task.contract.current_round().submitted == 0


def test_who_is_not_in_the_next_roster_waits_and_the_others_go_on(create: Create) -> None:
    federation = create(clients=3, min_updates=1)
    told = [Recorder() for _ in range(3)]
    clients = [federation.client(index, each) for index, each in enumerate(told)]
    federation.set_roster(federation.clients[:2])
    for client in clients:
        cycle_until(client.cycle)
    juror = federation.juror(Recorder())
    judge_round(federation, juror)
    assert clients[2].cycle() is Step.WAITING
    assert told[2].of(VerdictReceived, 1)
    assert "not in the roster of round 2" in told[2].of(Waiting, 2)[-1].sentence
    for client in clients[:2]:
        cycle_until(client.cycle)
    judge_round(federation, juror)
    assert len(federation.labels(2)) == 2
    assert [event.roster_version for event in _opened(federation)] == [1, 2, 2]


def _opened(federation: Federation) -> list[RoundOpened]:
    events = federation.task.read_events(federation.chain.block().number, [RoundOpened])
    return [event for event in events if isinstance(event, RoundOpened)]
