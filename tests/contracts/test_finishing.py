"""The last round."""

import pytest
from helpers import FINISHED, OPEN, digest_of, names_of, reverting


@pytest.fixture
def finished(create):
    """A task of one round, which is over."""
    federation = create(rounds=1)
    federation.submit_all()
    federation.last = federation.signed_report()
    federation.end = federation.finalize(*federation.last)
    return federation


def test_no_round_opens_after_the_last_one(finished):
    assert names_of(finished.end) == ["RoundFinalized"]
    assert finished.task.phase() == FINISHED
    assert finished.current() == {
        "number": 2,
        "submitted": 0,
        "batched": 0,
        "deadline": 0,
        "rosterVersion": 1,
        "juryVersion": 1,
        "updatesHash": bytes(32),
        "modelDigest": digest_of("model 1"),
    }


def test_a_voided_last_round_ends_the_task_too(create):
    federation = create(rounds=1)
    federation.travel_to_voidable()

    assert names_of(federation.void()) == ["RoundVoided"]
    assert federation.task.phase() == FINISHED
    assert federation.current()["modelDigest"] == digest_of("genesis")


@pytest.mark.parametrize("number", [1, 2])
def test_nothing_more_can_happen(finished, clients, coordinator, number):
    with reverting("TaskFinished"):
        finished.submit(clients[0], round_number=number)
    with reverting("TaskFinished"):
        finished.void(number)
    with reverting("TaskFinished"):
        finished.finalize(*finished.last)


def test_a_task_without_a_last_round_goes_on(create):
    federation = create(rounds=0)
    for number in range(1, 6):
        assert federation.number() == number
        federation.submit_all()
        federation.finalize()
    assert federation.task.phase() == OPEN
