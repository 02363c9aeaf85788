"""Somebody with many accounts wants to fill a round, to close it, or to be in it at all."""

import pytest
from helpers import CLOSED, OPEN, digest_of, mine_at, only, reverting, travel_to
from merkle import Roster, leaf_of, parent_of


@pytest.fixture(scope="module")
def sybils(accounts):
    return list(accounts[10:16])


def test_a_crowd_from_outside_takes_no_place(federation, task, sybils, clients):
    own_tree = Roster([*clients, *sybils])
    for sybil in sybils:
        for proof in ([], own_tree.proof(sybil), federation.roster.proof(clients[0])):
            with reverting("NotInRoster", sybil, 1):
                federation.submit(sybil, proof=proof)

    assert federation.current()["submitted"] == 0
    federation.submit_all()
    federation.finalize()


def test_a_crowd_let_in_by_the_coordinator_waits_for_the_next_round(federation, sybils, clients):
    """In the first version they filled the round in its first block."""
    crowd = Roster([*clients, *sybils])
    federation.set_roster(crowd)
    for sybil in sybils:
        with reverting("NotInRoster", sybil, 1):
            federation.submit(sybil, roster=crowd)
    federation.submit_all()

    assert federation.current()["updatesHash"] == federation.updates_hash()
    federation.finalize()


def test_a_smaller_roster_does_not_close_the_round_that_is_on(federation, task, clients):
    federation.submit(clients[0])
    deadline = federation.deadline()
    federation.set_roster(Roster(clients[:2]))
    federation.submit(clients[1])

    # Two members are in, as many as the next roster has; this round's has three.
    assert (task.phase(), federation.deadline()) == (OPEN, deadline)
    federation.submit(clients[2])


def test_a_crowd_that_takes_every_place_does_not_end_the_round(create, clients, sybils):
    """Who is in the roster may be first, but cannot take the others' time.

    A round that takes as many updates as its roster has members has a place for everybody.
    """
    roster = [*clients, *sybils]
    federation = create(members=roster, maxUpdates=6)
    deadline = federation.deadline()
    for sybil in sybils:
        federation.submit(sybil)

    assert (federation.task.phase(), federation.deadline()) == (OPEN, deadline)
    with reverting("RoundFull", 1, 6):
        federation.submit(clients[0])

    roomy = create(members=roster, maxUpdates=9)
    for sybil in sybils:
        roomy.submit(sybil)
    for client in clients:
        assert roomy.task.phase() == OPEN
        roomy.submit(client)
    assert roomy.task.phase() == CLOSED


def test_one_member_has_one_place(federation, clients):
    federation.submit(clients[0], "one")
    for name in ("one", "another"):
        with reverting("AlreadySubmitted", clients[0], 1):
            federation.submit(clients[0], name)

    # Neither a new roster nor a new proof gives it a second one.
    federation.set_roster(Roster(clients[:2]))
    with reverting("AlreadySubmitted", clients[0], 1):
        federation.submit(clients[0], "another")
    assert federation.current()["submitted"] == 1


def test_leaving_and_coming_back_gives_no_second_place(federation, clients):
    federation.submit_all()
    federation.finalize()
    federation.set_roster(federation.roster)
    federation.submit(clients[0])

    with reverting("AlreadySubmitted", clients[0], 2):
        federation.submit(clients[0], "another")


def test_a_proof_of_another_roster_proves_nothing(federation, create, clients, sybils):
    before = federation.roster
    others = Roster([*clients[:2], sybils[0]])
    federation.set_roster(others)
    # One that is not yet the round's.
    with reverting("NotInRoster", sybils[0], 1):
        federation.submit(sybils[0], roster=others)
    federation.submit_all()
    federation.finalize()

    # One that is no more.
    for client in clients:
        with reverting("NotInRoster", client, 2):
            federation.submit(client, roster=before)
    # One of another task, where the account is a member.
    elsewhere = create(members=[sybils[1], *clients[:2]])
    elsewhere.submit(sybils[1])
    with reverting("NotInRoster", sybils[1], 2):
        federation.submit(sybils[1], roster=elsewhere.roster)


def test_a_remembered_proof_is_one_of_its_roster_alone(federation, clients):
    federation.submit_all()
    federation.finalize()
    federation.submit(clients[2], proof=[])
    federation.set_roster(Roster(clients[:2]))
    federation.travel_to_voidable()
    federation.void()

    for proof in ([], federation.roster.proof(clients[2])):
        with reverting("NotInRoster", clients[2], 3 - 1):
            federation.submit(clients[2], proof=proof)


def test_no_inner_node_of_the_tree_is_a_member(federation, task, clients):
    """A leaf is hashed twice: two leaves side by side do not make a leaf of their parent."""
    first, second = map(leaf_of, clients[:2])
    root = parent_of(first, second)
    roster = Roster(clients[:2])
    assert roster.root == root

    federation.set_roster(roster)
    federation.travel_to_voidable()
    federation.void()
    for proof in ([], [first], [second], [root], [first, second], [first, first]):
        with reverting("NotInRoster", clients[2], 2):
            federation.submit(clients[2], proof=proof)


def test_a_roster_that_lies_about_its_size_is_told_to_the_jury(federation, task, clients):
    """The contract cannot count a tree. Whoever reads the file sees the lie, and does not sign."""
    root, size, digest = Roster(clients).as_tuple()
    lie = (root, 2, digest)
    told = only(task.setRoster(lie, federation.owner), "RosterSet")
    assert (told["root"], told["size"], told["digest"]) == (root, 2, digest)
    assert size == 3
    federation.submit_all()
    federation.finalize()

    federation.submit(clients[0])
    federation.submit(clients[1])
    # Closed before the third could come; but without the jury nothing comes of the round.
    assert task.phase() == CLOSED
    model = federation.current()["modelDigest"]
    federation.travel_to_voidable(times=10)
    federation.void(sender=clients[2])
    assert federation.current()["modelDigest"] == model


def test_an_empty_roster_lets_nobody_in_whatever_they_prove(create, clients, sybils):
    federation = create(members=[])
    for account in (*clients, *sybils):
        for proof in ([], [bytes(32)], [leaf_of(account)], [digest_of("x")] * 20):
            with reverting("NotInRoster", account, 1):
                federation.submit(account, proof=proof)
    mine_at(federation.deadline())

    assert federation.task.phase() == OPEN


def test_nobody_comes_after_the_deadline_of_a_round_that_is_closed(federation, clients):
    federation.submit(clients[0])
    federation.submit(clients[1])
    before = federation.current()["updatesHash"]
    travel_to(federation.deadline())

    with reverting("RoundClosed", 1, federation.deadline()):
        federation.submit(clients[2])
    assert federation.current()["updatesHash"] == before
