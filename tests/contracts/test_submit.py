"""Submitting updates."""

from helpers import OPEN, digest_of, only, plain, reverting
from merkle import Roster


def test_a_submission_is_told_with_all_that_the_jury_needs(federation, clients):
    transaction = federation.submit(clients[1], "update")

    assert only(transaction, "UpdateSubmitted") == {
        "round": 1,
        "client": clients[1],
        "index": 0,
        "digest": digest_of("update"),
    }
    assert federation.current()["submitted"] == 1
    assert plain(federation.task.clientOf(clients[1])) == (1, 1)


def test_the_running_hash_of_an_empty_round_is_what_it_starts_from(federation):
    assert federation.current()["updatesHash"] == federation.updates_hash()
    federation.submit_all()
    federation.finalize()

    assert federation.current()["updatesHash"] == federation.updates_hash()


def test_the_running_hash_takes_every_update_in_order(federation, clients):
    for client in reversed(clients):
        federation.submit(client)
        assert federation.current()["updatesHash"] == federation.updates_hash()

    in_other_order = federation.updates_hash(submissions=federation.submissions[::-1])
    assert federation.current()["updatesHash"] != in_other_order


def test_the_running_hash_starts_anew_each_round(federation, clients):
    federation.submit_all()
    federation.finalize()
    federation.submit(clients[0], "of round 2")

    assert federation.current()["updatesHash"] == federation.updates_hash()


def test_a_proof_is_remembered(federation, clients):
    federation.submit_all()
    federation.finalize()

    federation.submit(clients[0], proof=[])
    # What is not needed is not read.
    federation.submit(clients[1], proof=[digest_of("nonsense")])

    assert plain(federation.task.clientOf(clients[1])) == (1, 2)


def test_a_client_submits_once_a_round(federation, clients):
    federation.submit(clients[0])
    with reverting("AlreadySubmitted", clients[0], 1):
        federation.submit(clients[0], "another")

    federation.submit(clients[1])
    federation.submit(clients[2])
    federation.finalize()
    federation.submit(clients[0])


def test_two_clients_may_submit_the_same_digest(federation, clients):
    federation.submit(clients[0], "same")
    federation.submit(clients[1], "same")

    assert federation.current()["submitted"] == 2


def test_only_members_submit(federation, stranger, coordinator, clients):
    stolen = federation.roster.proof(clients[0])
    for account in (stranger, coordinator):
        for proof in ([], stolen, stolen[:1]):
            with reverting("NotInRoster", account, 1):
                federation.submit(account, proof=proof)


def test_a_member_needs_the_whole_proof(federation, clients):
    proof = federation.roster.proof(clients[0])
    for wrong in ([], proof[:-1], proof + proof[:1], [digest_of("x"), *proof[1:]]):
        with reverting("NotInRoster", clients[0], 1):
            federation.submit(clients[0], proof=wrong)

    federation.submit(clients[0], proof=proof)


def test_the_only_member_of_a_roster_needs_no_proof(create, clients):
    federation = create(members=clients[:1], minUpdates=1)
    with reverting("NotInRoster", clients[1], 1):
        federation.submit(clients[1], proof=[])

    federation.submit(clients[0], proof=[])


def test_trees_of_every_shape_are_proved(create, accounts):
    for size in (2, 4, 5, 7, 8, 9):
        members = list(accounts[1 : size + 1])
        federation = create(members=members, minUpdates=size, maxUpdates=size)
        federation.submit_all()
        federation.finalize()


def test_an_update_needs_a_digest(task, clients, federation):
    with reverting("ZeroDigest"):
        task.submitUpdate(1, bytes(32), federation.roster.proof(clients[0]), {"from": clients[0]})


def test_a_submission_for_another_round_is_refused(federation, clients):
    federation.submit_all()
    federation.finalize()

    for given in (0, 1, 3):
        with reverting("WrongRound", given, 2):
            federation.submit(clients[0], round_number=given)


def test_a_late_submission_says_so_whatever_else_is_wrong(federation, task, stranger):
    federation.submit_all()
    federation.finalize()
    federation.set_roster(Roster([]))

    with reverting("WrongRound", 1, 2):
        task.submitUpdate(1, bytes(32), [], {"from": stranger})


def test_a_closed_round_says_so_before_it_looks_at_the_sender(federation, stranger):
    federation.submit_all()

    with reverting("RoundClosed", 1, federation.deadline()):
        federation.submit(stranger)


def test_a_second_submission_to_a_closed_round_says_that_it_is_closed(federation, clients):
    federation.submit_all()

    with reverting("RoundClosed", 1, federation.deadline()):
        federation.submit(clients[0])


def test_a_refused_submission_changes_nothing(federation, task, stranger):
    before = federation.current()
    with reverting("NotInRoster", stranger, 1):
        federation.submit(stranger)

    assert federation.current() == before
    assert plain(federation.task.clientOf(stranger)) == (0, 0)
    assert task.phase() == OPEN
