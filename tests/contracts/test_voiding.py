"""Ending a round that the jury does not end."""

from helpers import (
    GRACE_SECONDS,
    OPEN,
    ROUND_SECONDS,
    digest_of,
    names_of,
    only,
    refused_to,
    reverting,
    travel_to,
)


def test_a_voided_round_leaves_the_model_and_opens_the_next(federation, task):
    federation.submit_all()
    hashed = federation.updates_hash()
    federation.travel_to_voidable()

    transaction = federation.void()

    assert names_of(transaction) == ["RoundVoided", "RoundOpened"]
    assert only(transaction, "RoundVoided") == {"round": 1, "updatesHash": hashed}
    assert only(transaction, "RoundOpened") == {
        "round": 2,
        "rosterVersion": 1,
        "juryVersion": 1,
        "deadline": transaction.timestamp + ROUND_SECONDS,
        "modelDigest": digest_of("genesis"),
    }
    assert task.phase() == OPEN


def test_an_empty_round_can_be_voided(federation):
    federation.travel_to_voidable()

    hashed = federation.updates_hash()

    assert only(federation.void(), "RoundVoided")["updatesHash"] == hashed


def test_a_round_short_of_updates_can_be_voided(federation, task, clients):
    federation.submit(clients[0])
    federation.travel_to_voidable()

    federation.void()

    federation.submit(clients[0])
    assert federation.current()["updatesHash"] == federation.updates_hash()


def test_not_a_second_too_early(federation):
    voidable = federation.deadline() + GRACE_SECONDS
    travel_to(voidable - 1)
    with reverting("TooEarlyToVoid", 1, voidable):
        federation.void()
    # The refused transaction took that second's block; the next one comes just in time.
    federation.void()


def test_the_grace_of_a_full_round_counts_from_its_last_update(federation):
    federation.submit_all()
    voidable = federation.deadline() + GRACE_SECONDS

    with reverting("TooEarlyToVoid", 1, voidable):
        federation.void()
    travel_to(voidable)
    federation.void()


def test_the_grace_of_a_late_round_counts_from_the_update_that_closed_it(federation, clients):
    travel_to(federation.deadline() + GRACE_SECONDS + 100)
    federation.submit(clients[0])
    federation.submit(clients[1])

    with reverting("TooEarlyToVoid", 1, federation.deadline() + GRACE_SECONDS):
        federation.void()


def test_only_the_round_that_is_on(federation):
    federation.travel_to_voidable()
    for given in (0, 2):
        with reverting("WrongRound", given, 1):
            federation.void(given)


def test_a_round_cannot_be_voided_twice(federation):
    federation.travel_to_voidable()
    federation.void()

    with reverting("WrongRound", 1, 2):
        federation.void(1)


def test_the_jury_may_still_finalize_in_the_meantime(federation):
    federation.submit_all()
    federation.travel_to_voidable()

    federation.finalize()


def test_the_report_on_a_voided_round_comes_too_late(federation):
    federation.submit_all()
    late = federation.signed_report()
    federation.travel_to_voidable()
    federation.void()

    with reverting("WrongRound", 1, 2):
        federation.finalize(*late)


def test_a_task_with_the_longest_times_can_be_computed_with(create):
    federation = create(
        roundSeconds=2**32 - 1,
        batchSeconds=2**32 - 2,
        graceSeconds=2**32 - 1,
        availabilitySeconds=2**30 - 1,
    )

    with reverting("TooEarlyToVoid", 1, federation.deadline() + 2**32 - 1):
        federation.void()
    federation.submit_all()
    with reverting("TooEarlyToVoid", 1, federation.deadline() + 10 * (2**32 - 1)):
        federation.void(sender=federation.clients[0])


def test_only_the_coordinator_voids_an_open_round(federation, others, clients):
    federation.submit(clients[0])
    federation.travel_to_voidable(times=1000)

    refused_to(others, lambda who: federation.void(sender=who))


def test_anybody_voids_a_closed_round_after_ten_times_the_grace(federation, stranger):
    federation.submit_all()
    everybodys = federation.deadline() + 10 * GRACE_SECONDS
    travel_to(everybodys - 1)
    with reverting("TooEarlyToVoid", 1, everybodys):
        federation.void(sender=stranger)

    assert names_of(federation.void(sender=stranger)) == ["RoundVoided", "RoundOpened"]


def test_until_then_a_closed_round_is_the_coordinators_to_void(federation, others):
    federation.submit_all()
    federation.travel_to_voidable()
    for account in others:
        with reverting("TooEarlyToVoid", 1, federation.deadline() + 10 * GRACE_SECONDS):
            federation.void(sender=account)
    federation.void()
