"""When a round is closed."""

import pytest
from helpers import CLOSED, OPEN, ROUND_SECONDS, mine_at, only, reverting, travel_to


def test_a_round_lasts_round_seconds(federation, task):
    opened = only(federation.creation, "RoundOpened")

    assert opened["deadline"] == federation.creation.timestamp + ROUND_SECONDS
    assert federation.deadline() == opened["deadline"]


def test_the_whole_roster_closes_it_on_the_spot(federation, task, clients):
    federation.submit(clients[0])
    federation.submit(clients[1])
    assert task.phase() == OPEN

    last = federation.submit(clients[2])

    assert federation.deadline() == last.timestamp
    assert task.phase() == CLOSED


def test_the_fewest_updates_do_not_close_it_before_its_deadline(federation, task, clients):
    deadline = federation.deadline()
    federation.submit(clients[0])
    federation.submit(clients[1])

    assert federation.deadline() == deadline
    with reverting("RoundNotClosed", 1, 2, deadline):
        federation.finalize()


def test_an_update_in_the_second_before_the_deadline_is_in(federation, task, clients):
    federation.submit(clients[0])
    federation.submit(clients[1])
    travel_to(federation.deadline() - 1)

    federation.submit(clients[2])


def test_an_update_at_the_deadline_is_late(federation, task, clients):
    deadline = federation.deadline()
    federation.submit(clients[0])
    federation.submit(clients[1])
    travel_to(deadline)

    with reverting("RoundClosed", 1, deadline):
        federation.submit(clients[2])


def test_the_phase_turns_at_the_deadline(federation, task, clients):
    federation.submit(clients[0])
    federation.submit(clients[1])

    mine_at(federation.deadline() - 1)
    assert task.phase() == OPEN
    mine_at(federation.deadline())
    assert task.phase() == CLOSED


def test_a_round_with_too_few_updates_stays_open(federation, task, clients):
    federation.submit(clients[0])
    travel_to(federation.deadline() + 10_000)

    with reverting("RoundNotClosed", 1, 1, federation.deadline()):
        federation.finalize()
    assert task.phase() == OPEN


def test_after_the_deadline_the_update_that_is_enough_closes_it(federation, task, clients):
    travel_to(federation.deadline() + 100)
    federation.submit(clients[0])
    assert task.phase() == OPEN

    enough = federation.submit(clients[1])

    assert federation.deadline() == enough.timestamp
    assert task.phase() == CLOSED
    with reverting("RoundClosed", 1, enough.timestamp):
        federation.submit(clients[2])
    federation.finalize()


@pytest.mark.parametrize("late", [False, True])
def test_a_round_of_one_member_closes_with_its_update(create, clients, late):
    federation = create(members=clients[:1], minUpdates=1, maxUpdates=1)
    if late:
        travel_to(federation.deadline() + 5)

    only_one = federation.submit(clients[0])

    assert federation.deadline() == only_one.timestamp
    assert federation.task.phase() == CLOSED
    federation.finalize()


def test_the_deadline_does_not_fall_back_when_a_full_round_is_late(create, clients):
    federation = create(members=clients[:2], minUpdates=2, maxUpdates=2)
    federation.submit(clients[0])
    travel_to(federation.deadline() + 50)

    last = federation.submit(clients[1])

    assert federation.deadline() == last.timestamp


def test_the_most_updates_do_not_close_it(create, clients):
    federation = create(minUpdates=1, maxUpdates=2)
    deadline = federation.deadline()
    federation.submit(clients[0])
    federation.submit(clients[1])

    assert federation.deadline() == deadline
    assert federation.task.phase() == OPEN
    with reverting("RoundFull", 1, 2):
        federation.submit(clients[2])
    mine_at(deadline)
    assert federation.task.phase() == CLOSED
    federation.finalize()


def test_the_whole_roster_is_not_enough_when_it_is_too_small(create, clients):
    federation = create(members=clients[:2], minUpdates=3, maxUpdates=3)
    deadline = federation.deadline()
    federation.submit_all()

    assert federation.deadline() == deadline
    travel_to(deadline)
    with reverting("RoundNotClosed", 1, 2, deadline):
        federation.finalize()


def test_a_roster_of_nobody_closes_nothing(create):
    federation = create(members=[])
    mine_at(federation.deadline())

    assert federation.task.phase() == OPEN
