"""Rounds that do not go as planned: members missing, late, replaced, paused."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fedjury.chain.connection import Chain
from fedjury.chain.contract import ContractCall
from fedjury.chain.embedded import funded_accounts
from fedjury.chain.types import Phase
from fedjury.devnet import devnet_accounts
from fedjury.errors import ConfigError, TransactionReverted
from fedjury.loop import Step
from tests.integration.e2e.federation import (
    Federation,
    Told,
    cycle_until,
    found,
    judge_round,
    until,
)

Founder = Callable[..., Federation]


@pytest.fixture(params=["embedded", "ganache"])
def founder(request: pytest.FixtureRequest, tmp_path: Path) -> Founder:
    """Makes a federation, on the embedded chain and on one that makes no blocks by itself."""
    if request.param == "embedded":
        chain = Chain.connect("embedded")
        accounts = funded_accounts(chain.web3)
    else:
        chain = Chain.connect(request.getfixturevalue("ganache"))
        accounts = devnet_accounts(10)
    return lambda **options: found(tmp_path, chain, accounts, **options)


def test_a_client_that_never_publishes_does_not_hold_the_round_up(founder: Founder) -> None:
    federation, told = founder(clients=3, rounds=1), Told()
    for place in (0, 1):
        assert federation.agent(place, told).cycle() is Step.PROGRESS
    silent = federation.clients[2]
    federation.sender(silent).send(federation.task.contract.submit_update(1, b"\7" * 32))
    clock = _Clock()
    fetcher = federation.fetcher("slow", 30.0, clock.now, clock.sleep)
    juror = federation.juror(told, fetcher=fetcher)
    assert juror.cycle() is Step.PROGRESS
    assert 29 < clock.now() <= 30
    labels = federation.labels(1)
    assert labels.pop(silent.address) == "unavailable"
    assert set(labels.values()) == {"accepted"}
    assert juror.cycle() is Step.FINISHED
    cycle_until(federation.agent(0, told).cycle, Step.FINISHED)
    assert [line["code"] for line in told.of("verdict", 1)] == ["accepted"]


class _Clock:
    """Only sleeping moves it."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += seconds


def test_the_deadline_closes_a_round_and_a_late_client_waits_for_the_next(
    founder: Founder,
) -> None:
    federation, told, late_told = founder(min_updates=2, round_seconds=2), Told(), Told()
    contract, juror = federation.task.contract, federation.juror(told)
    for place in (0, 1):
        cycle_until(federation.agent(place, told).cycle)
    deadline = contract.current_round().deadline
    until(lambda: time.time() > deadline + 1)
    late = federation.agent(2, late_told)
    assert late.cycle() is Step.WAITING
    refused, waiting = late_told.of("not-submitted", 1), late_told.of("waiting", 1)
    assert refused or waiting
    assert all(line["error"] == "RoundClosed" for line in refused)
    assert not late_told.of("published")
    judge_round(federation, juror)
    assert len(federation.updates(1)) == 2
    cycle_until(late.cycle)
    assert [update.client for update in federation.updates(2)] == [federation.clients[2].address]
    assert late_told.of("published", 2)


def test_nobody_but_the_clock_says_that_the_round_is_over(founder: Founder) -> None:
    """No transaction comes after the deadline, and so on Ganache no block either."""
    federation, told = founder(min_updates=1, round_seconds=6), Told()
    juror = federation.juror(told)
    cycle_until(federation.agent(0, told).cycle)
    judge_round(federation, juror)
    assert [event.round for event in federation.finalized()] == [1]
    assert federation.task.contract.current_round().number == 2


def test_a_voided_round_is_passed_over(founder: Founder) -> None:
    federation = founder(round_seconds=1, grace_seconds=1)
    contract = federation.task.contract
    told = [Told(), Told(), Told()]
    agents = [federation.agent(place, each) for place, each in enumerate(told)]
    jury_told = Told()
    juror = federation.juror(jury_told)
    for agent in agents[:2]:
        cycle_until(agent.cycle)
    overdue = contract.current_round().deadline + 1
    until(lambda: time.time() > overdue + 1)
    assert juror.cycle() is Step.WAITING
    assert "2 of at least 3 updates" in str(jury_told.of("waiting", 1)[-1]["message"])
    until(lambda: _void(federation))
    genesis = federation.task.config.genesis_digest
    assert contract.current_round().model_digest == genesis
    for agent in agents:
        cycle_until(agent.cycle)
    judge_round(federation, juror)
    assert [federation.record(number).state for number in (1, 2)] == ["voided", "finalized"]
    agents[0].cycle()
    assert len(told[0].of("voided", 1)) == 1
    assert told[0].of("verdict", 2)
    assert not told[0].of("verdict", 1)


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


def test_the_next_round_has_the_next_jury(founder: Founder) -> None:
    federation, told, old_told, new_told = founder(clients=2), Told(), Told(), Told()
    newcomer = federation.strangers[0]
    old, new = federation.juror(old_told), federation.juror(new_told, newcomer)
    agents = [federation.agent(place, told) for place in range(2)]
    federation.coordinate(federation.task.contract.set_jury([newcomer.address], 1))
    for number, (called, idle, idle_told) in enumerate(
        [(old, new, new_told), (new, old, old_told)], start=1
    ):
        for agent in agents:
            cycle_until(agent.cycle)
        assert idle.cycle() is Step.WAITING
        assert f"is not in jury {number}" in str(idle_told.of("waiting", number)[-1]["message"])
        cycle_until(called.cycle)
    assert [event.jury_version for event in federation.finalized()] == [1, 2]
    assert len(old_told.of("round-finalized")) == len(new_told.of("round-finalized")) == 1


def test_a_paused_task_waits(founder: Founder) -> None:
    federation, told, jury_told = founder(clients=2, rounds=1), Told(), Told()
    contract = federation.task.contract
    agents = [federation.agent(place, told) for place in range(2)]
    juror = federation.juror(jury_told)
    cycle_until(agents[0].cycle)
    federation.coordinate(contract.pause())
    assert agents[1].cycle() is Step.WAITING
    assert juror.cycle() is Step.WAITING
    for each in (told, jury_told):
        assert "the task is paused" in str(each.of("waiting", 1)[-1]["message"])
    federation.coordinate(contract.unpause())
    cycle_until(agents[1].cycle)
    assert contract.phase() is Phase.CLOSED
    federation.coordinate(contract.pause())
    assert juror.cycle() is Step.WAITING
    federation.coordinate(contract.unpause())
    judge_round(federation, juror)
    assert [agent.cycle() for agent in agents] == [Step.FINISHED] * 2
    assert juror.cycle() is Step.FINISHED


def test_a_removed_client_stops_and_the_others_go_on(founder: Founder) -> None:
    federation, told = founder(clients=3, min_updates=2, round_seconds=1), Told()
    removed = federation.clients[2]
    federation.coordinate(federation.task.contract.remove_clients([removed.address]))
    with pytest.raises(ConfigError, match="was removed"):
        federation.agent(2, told).cycle()
    for place in (0, 1):
        cycle_until(federation.agent(place, told).cycle)
    judge_round(federation, federation.juror(told))
    assert len(federation.labels(1)) == 2
