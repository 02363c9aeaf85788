"""Who may submit, from one round to the next."""

import pytest
from helpers import digest_of, only, plain, refused_to, reverting, travel_to
from merkle import Roster

SIZE_LIMIT = 2**20 - 1


@pytest.fixture
def other(accounts, clients):
    """A roster with two of the first one's members and a new one."""
    return Roster([*clients[:2], accounts[5]])


def next_round(federation):
    """The round that is on ends with a report."""
    federation.submit_all()
    federation.finalize()


def test_the_first_roster_is_version_1(federation, task):
    root, size, digest = federation.roster.as_tuple()

    told = {"version": 1, "root": root, "size": size, "digest": digest}
    assert only(federation.creation, "RosterSet") == told
    assert plain(task.roster()) == (1, root, 3)
    assert plain(task.nextRoster()) == (0, bytes(32), 0)


def test_a_new_roster_waits_for_the_next_round(federation, task, other, accounts, clients):
    root, size, digest = other.as_tuple()

    transaction = federation.set_roster(other)

    told = {"version": 2, "root": root, "size": size, "digest": digest}
    assert only(transaction, "RosterSet") == told
    assert plain(task.nextRoster()) == (2, root, 3)
    assert plain(task.roster()) == (1, federation.roster.root, 3)
    with reverting("NotInRoster", accounts[5], 1):
        federation.submit(accounts[5], roster=other)
    assert federation.current()["updatesHash"] == federation.updates_hash()

    federation.submit_all()
    assert only(federation.finalize(), "RoundOpened")["rosterVersion"] == 2
    assert plain(task.roster()) == (2, root, 3)
    assert plain(task.nextRoster()) == (0, bytes(32), 0)
    assert federation.current()["updatesHash"] == federation.updates_hash(roster=other)
    federation.submit(accounts[5], roster=other)
    with reverting("NotInRoster", clients[2], 2):
        federation.submit(clients[2])


def test_who_stays_proves_it_anew(federation, task, other, clients):
    federation.set_roster(other)
    next_round(federation)

    for proof in ([], federation.roster.proof(clients[0])):
        with reverting("NotInRoster", clients[0], 2):
            federation.submit(clients[0], proof=proof)
    federation.submit(clients[0], roster=other)
    assert plain(task.clientOf(clients[0])) == (2, 2)


def test_who_was_removed_comes_back_with_a_new_proof(federation, task, other, clients):
    federation.set_roster(other)
    next_round(federation)
    federation.set_roster(federation.roster)
    federation.submit_all(roster=other)
    federation.finalize()

    # It is the same root again, but a version of its own.
    with reverting("NotInRoster", clients[2], 3):
        federation.submit(clients[2], proof=[])
    federation.submit(clients[2])
    assert plain(task.clientOf(clients[2])) == (3, 3)


def test_an_update_stays_in_when_its_client_is_removed(federation, clients):
    federation.submit(clients[0])
    federation.set_roster(Roster(clients[1:]))
    federation.submit(clients[1])
    federation.submit(clients[2])

    federation.finalize()


def test_of_several_new_rosters_the_last_one_counts(federation, task, other, clients):
    federation.set_roster(other)
    transaction = federation.set_roster(Roster(clients[:2]))

    assert only(transaction, "RosterSet")["version"] == 2
    next_round(federation)
    assert plain(task.roster()) == (2, Roster(clients[:2]).root, 2)


def test_a_new_roster_counts_after_a_voided_round_too(federation, task, other):
    federation.set_roster(other)
    federation.travel_to_voidable()

    assert only(federation.void(), "RoundOpened")["rosterVersion"] == 2
    assert plain(task.roster()) == (2, other.root, 3)


def test_nobody_submits_under_an_empty_roster(federation, task, clients):
    federation.set_roster(Roster([]))
    next_round(federation)

    assert plain(task.roster()) == (2, bytes(32), 0)
    for proof in ([], federation.roster.proof(clients[0])):
        with reverting("NotInRoster", clients[0], 2):
            federation.submit(clients[0], proof=proof)
    # The next one lets them in again.
    federation.set_roster(federation.roster)
    federation.travel_to_voidable()
    federation.void()
    federation.submit_all()
    federation.finalize()


def test_a_task_may_start_with_nobody(create, clients):
    federation = create(members=[])

    assert plain(federation.task.roster()) == (1, bytes(32), 0)
    with reverting("NotInRoster", clients[0], 1):
        federation.submit(clients[0], proof=[])


def test_a_round_closes_with_the_roster_of_its_own(federation, other, clients):
    larger = Roster([*other.members, clients[2]])
    federation.set_roster(larger)
    next_round(federation)
    federation.set_roster(Roster(clients[:2]))
    deadline = federation.deadline()

    for client in larger.members[:3]:
        federation.submit(client, roster=larger)
        assert federation.deadline() == deadline
    travel_to(deadline)
    federation.finalize()
    federation.submit(clients[0], roster=Roster(clients[:2]))
    last = federation.submit(clients[1], roster=Roster(clients[:2]))
    assert federation.deadline() == last.timestamp


@pytest.mark.parametrize(
    "given", [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (0, 1, 1), (1, 0, 1)]
)
def test_a_roster_is_given_whole_or_not_at_all(task, coordinator, given):
    root, size, digest = given
    roster = (
        digest_of("root") if root else bytes(32),
        size,
        digest_of("file") if digest else bytes(32),
    )
    with reverting("IncompleteRoster", *roster):
        task.setRoster(roster, {"from": coordinator})


def test_the_largest_roster(federation, task, coordinator):
    task.setRoster((digest_of("root"), SIZE_LIMIT, digest_of("file")), {"from": coordinator})
    with reverting("RosterTooLarge", SIZE_LIMIT + 1, SIZE_LIMIT):
        task.setRoster(
            (digest_of("root"), SIZE_LIMIT + 1, digest_of("file")), {"from": coordinator}
        )

    next_round(federation)
    assert plain(task.roster()) == (2, digest_of("root"), SIZE_LIMIT)


def test_only_the_coordinator_sets_the_roster(federation, others):
    refused_to(others, lambda who: federation.set_roster(Roster([who]), sender=who))
