"""Stopping a task for a while."""

import pytest
from helpers import CLOSED, only, refused_to, reverting


@pytest.fixture
def paused(federation, task, coordinator):
    task.pause({"from": coordinator})
    return federation


def test_pausing_is_told(task, coordinator):
    assert only(task.pause({"from": coordinator}), "Paused") == {"account": coordinator}
    assert task.paused()

    assert only(task.unpause({"from": coordinator}), "Unpaused") == {"account": coordinator}
    assert not task.paused()


def test_nobody_submits_meanwhile(paused, clients):
    with reverting("EnforcedPause"):
        paused.submit(clients[0])


def test_nothing_is_finalized_meanwhile(federation, task, coordinator):
    federation.submit_all()
    task.pause({"from": coordinator})

    with reverting("EnforcedPause"):
        federation.finalize()
    assert task.phase() == CLOSED


def test_an_overdue_round_is_voided_all_the_same(paused, task):
    paused.travel_to_voidable()

    paused.void()

    assert paused.number() == 2
    assert task.paused()


def test_the_coordinator_goes_on_working(paused, task, accounts, clients, coordinator):
    task.registerClients([accounts[5]], {"from": coordinator})
    task.removeClients([clients[0]], {"from": coordinator})
    task.setJury([paused.jurors[0].address], 1, {"from": coordinator})


def test_afterwards_everything_goes_on(paused, task, coordinator):
    task.unpause({"from": coordinator})

    paused.submit_all()
    paused.finalize()


def test_pausing_twice_is_refused(paused, task, coordinator):
    with reverting("EnforcedPause"):
        task.pause({"from": coordinator})


def test_unpausing_what_is_not_paused_is_refused(task, coordinator):
    with reverting("ExpectedPause"):
        task.unpause({"from": coordinator})


def test_only_the_coordinator_pauses_and_unpauses(task, others):
    refused_to(others, lambda who: task.pause({"from": who}))
    refused_to(others, lambda who: task.unpause({"from": who}))
