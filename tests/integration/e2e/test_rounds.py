"""Rounds that do not go as planned: members missing, late, replaced, paused."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fedjury.chain.contracts.types import Phase
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.embedded import funded_accounts
from fedjury.chain.transactions.call import ContractCall
from fedjury.clients.events import NotSubmitted, RoundVoided, UpdatePublished, VerdictReceived
from fedjury.devnet import devnet_accounts
from fedjury.errors import ConfigError, TransactionReverted
from fedjury.oracle.events import RoundFinalized
from fedjury.protocol.digest import Digest
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
    federation.sender(silent).send(federation.task.contract.submit_update(1, Digest(b"\7" * 32)))
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
    federation = create(round_seconds=1, grace_seconds=1)
    contract = federation.task.contract
    told = [Recorder(), Recorder(), Recorder()]
    clients = [federation.client(index, each) for index, each in enumerate(told)]
    jury_told = Recorder()
    juror = federation.juror(jury_told)
    for client in clients[:2]:
        cycle_until(client.cycle)
    overdue = contract.current_round().deadline + 1
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


def test_the_next_round_has_the_next_jury(create: Create) -> None:
    federation, told, old_told, new_told = create(clients=2), Recorder(), Recorder(), Recorder()
    newcomer = federation.strangers[0]
    old, new = federation.juror(old_told), federation.juror(new_told, newcomer)
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
    assert len(old_told.of(RoundFinalized)) == len(new_told.of(RoundFinalized)) == 1


def test_a_paused_task_waits(create: Create) -> None:
    federation, told, jury_told = create(clients=2, rounds=1), Recorder(), Recorder()
    contract = federation.task.contract
    clients = [federation.client(index, told) for index in range(2)]
    juror = federation.juror(jury_told)
    cycle_until(clients[0].cycle)
    federation.coordinate(contract.pause())
    assert clients[1].cycle() is Step.WAITING
    assert juror.cycle() is Step.WAITING
    for each in (told, jury_told):
        assert "the task is paused" in each.of(Waiting, 1)[-1].sentence
    federation.coordinate(contract.unpause())
    cycle_until(clients[1].cycle)
    assert contract.phase() is Phase.CLOSED
    federation.coordinate(contract.pause())
    assert juror.cycle() is Step.WAITING
    federation.coordinate(contract.unpause())
    judge_round(federation, juror)
    assert [client.cycle() for client in clients] == [Step.FINISHED] * 2
    assert juror.cycle() is Step.FINISHED


def test_a_removed_client_stops_and_the_others_go_on(create: Create) -> None:
    federation, told = create(clients=3, min_updates=2, round_seconds=1), Recorder()
    removed = federation.clients[2]
    federation.coordinate(federation.task.contract.remove_clients([removed.address]))
    with pytest.raises(ConfigError, match="was removed"):
        federation.client(2, told).cycle()
    for index in (0, 1):
        cycle_until(federation.client(index, told).cycle)
    judge_round(federation, federation.juror(told))
    assert len(federation.labels(1)) == 2
