"""Submitting updates."""

from helpers import OPEN, digest_of, only, plain, reverting, running_hash


def test_a_submission_is_told_with_all_that_the_jury_needs(federation, clients):
    transaction = federation.submit(clients[1], "update")

    assert only(transaction, "UpdateSubmitted") == {
        "round": 1,
        "client": clients[1],
        "index": 0,
        "digest": digest_of("update"),
    }
    assert federation.current()["submitted"] == 1
    assert plain(federation.task.clientOf(clients[1])) == (2, 1, True)


def test_the_running_hash_of_an_empty_round_is_its_number(federation, task):
    assert federation.current()["updatesHash"] == (1).to_bytes(32, "big")

    federation.submit_all()
    federation.finalize()

    assert federation.current()["updatesHash"] == (2).to_bytes(32, "big")


def test_the_running_hash_takes_every_update_in_order(federation, task, clients):
    for client in reversed(clients):
        federation.submit(client)
        assert federation.current()["updatesHash"] == running_hash(1, federation.updates)

    in_other_order = running_hash(1, list(reversed(federation.updates)))
    assert federation.current()["updatesHash"] != in_other_order


def test_the_running_hash_starts_anew_each_round(federation, task, clients):
    federation.submit_all()
    federation.finalize()
    federation.submit(clients[0], "of round 2")

    assert federation.current()["updatesHash"] == running_hash(2, federation.updates)


def test_a_client_submits_once_a_round(federation, clients):
    federation.submit(clients[0])
    with reverting("AlreadySubmitted", clients[0], 1):
        federation.submit(clients[0], "another")

    federation.submit(clients[1])
    federation.submit(clients[2])
    federation.finalize()
    federation.submit(clients[0])


def test_two_clients_may_submit_the_same_digest(federation, task, clients):
    federation.submit(clients[0], "same")
    federation.submit(clients[1], "same")

    assert federation.current()["submitted"] == 2


def test_only_clients_submit(federation, stranger, coordinator):
    for account in (stranger, coordinator):
        with reverting("NotAClient", account):
            federation.submit(account)


def test_an_update_needs_a_digest(task, clients):
    with reverting("ZeroDigest"):
        task.submitUpdate(1, bytes(32), {"from": clients[0]})


def test_a_submission_for_another_round_is_refused(federation, clients):
    federation.submit_all()
    federation.finalize()

    for given in (0, 1, 3):
        with reverting("WrongRound", given, 2):
            federation.submit(clients[0], round_number=given)


def test_a_late_submission_says_so_whatever_else_is_wrong(federation, task, stranger):
    federation.submit_all()
    federation.finalize()
    task.pause({"from": federation.coordinator})

    with reverting("WrongRound", 1, 2):
        task.submitUpdate(1, bytes(32), {"from": stranger})


def test_a_closed_round_says_so_before_it_looks_at_the_sender(federation, task, stranger):
    federation.submit_all()

    with reverting("RoundClosed", 1, federation.deadline()):
        federation.submit(stranger)


def test_a_second_submission_to_a_closed_round_says_that_it_is_closed(federation, clients):
    federation.submit_all()

    with reverting("RoundClosed", 1, federation.deadline()):
        federation.submit(clients[0])


def test_a_refused_submission_changes_nothing(federation, task, stranger):
    before = federation.current()
    with reverting("NotAClient", stranger):
        federation.submit(stranger)

    assert federation.current() == before
    assert plain(task.clientOf(stranger)) == (0, 0, False)
    assert task.phase() == OPEN
