"""Who may post batches: named at a task's creation, and by the coordinator at any time."""

import pytest
from helpers import ZERO, digest_of, names_of, only, plain, refused_to, reverting
from merkle import Roster


def told(transaction):
    """What the transaction says of relayers, in order."""
    events = list(transaction.events["RelayerSet"])
    return [(event["relayer"], event["allowed"]) for event in events]


def test_the_first_relayers_are_named_at_the_creation(create, accounts, stranger):
    named = list(accounts[6:9])
    federation = create(relayers=named)

    assert told(federation.creation) == [(account, True) for account in named]
    # Before the round opens, so that whoever reads it knows them.
    assert names_of(federation.creation)[-4:] == [*["RelayerSet"] * 3, "RoundOpened"]
    for account in named:
        assert federation.task.isRelayer(account)
        federation.batch(account, 1)
    assert not federation.task.isRelayer(stranger)


def test_a_task_needs_no_relayer(federation, task, coordinator):
    assert "RelayerSet" not in names_of(federation.creation)
    assert not task.isRelayer(coordinator)
    federation.submit_all()
    federation.finalize()


def test_naming_one_twice_is_naming_it(create, relayer):
    federation = create(relayers=[relayer, relayer])

    assert told(federation.creation) == [(relayer, True)] * 2
    federation.set_relayer(relayer, False)
    assert not federation.task.isRelayer(relayer)


def test_the_coordinator_names_one_at_any_time_and_at_once(federation, task, relayer, clients):
    federation.submit(clients[0])
    transaction = federation.set_relayer(relayer)

    assert only(transaction, "RelayerSet") == {"relayer": relayer, "allowed": True}
    assert task.isRelayer(relayer)
    federation.batch(relayer, 1)
    assert federation.current()["updatesHash"] == federation.updates_hash()


def test_the_coordinator_takes_one_back_at_once(create, relayer):
    federation = create(relayers=[relayer])
    transaction = federation.set_relayer(relayer, False)

    assert only(transaction, "RelayerSet") == {"relayer": relayer, "allowed": False}
    with reverting("NotARelayer", relayer):
        federation.batch(relayer, 1)
    federation.set_relayer(relayer)
    federation.batch(relayer, 1)


def test_saying_the_same_again_changes_nothing(federation, task, relayer):
    for allowed in (False, True, True, False, False):
        federation.set_relayer(relayer, allowed)
        assert task.isRelayer(relayer) is allowed


def test_naming_one_leaves_the_round_and_the_others_alone(create, relayer, accounts, clients):
    federation = create(relayers=[relayer])
    federation.submit(clients[0])
    before = federation.current()
    federation.set_relayer(accounts[7])
    federation.set_relayer(accounts[7], False)

    assert federation.current() == before
    assert federation.task.isRelayer(relayer)


def test_only_the_coordinator_names_relayers(federation, relayer, others):
    refused_to(others, lambda who: federation.set_relayer(who, sender=who))
    federation.set_relayer(relayer)
    # A relayer names no other, and takes none back.
    refused_to([relayer], lambda who: federation.set_relayer(others[0], sender=who))
    refused_to([*others, relayer], lambda who: federation.set_relayer(relayer, False, sender=who))


def test_another_coordinator_has_the_say(create, relayer, accounts, coordinator):
    federation, heir = create(relayers=[relayer]), accounts[7]
    federation.task.transferOwnership(heir, federation.owner)
    federation.task.acceptOwnership({"from": heir})

    assert federation.task.isRelayer(relayer)
    refused_to([coordinator], lambda who: federation.set_relayer(relayer, False, sender=who))
    federation.set_relayer(relayer, False, sender=heir)
    assert not federation.task.isRelayer(relayer)


def test_relayers_stay_from_round_to_round_whoever_comes_and_goes(federation, relayer, clients):
    federation.set_relayer(relayer)
    federation.set_roster(Roster(clients[:2]))
    federation.set_jury(federation.jurors, 4)
    federation.submit_all()
    federation.finalize()
    assert federation.task.isRelayer(relayer)
    federation.travel_to_voidable()
    federation.void()

    federation.batch(relayer, 2)
    assert federation.current()["batched"] == 2


def test_every_task_has_relayers_of_its_own(create, relayer):
    one, other = create(relayers=[relayer]), create()

    assert (one.task.isRelayer(relayer), other.task.isRelayer(relayer)) == (True, False)
    with reverting("NotARelayer", relayer):
        other.batch(relayer, 1)


def test_the_zero_address_may_be_named_and_posts_nothing(federation, task, stranger):
    assert not task.isRelayer(ZERO)
    federation.set_relayer(ZERO)

    with reverting("NotARelayer", stranger):
        federation.batch(stranger, 1)


def test_a_finished_task_still_names_them_in_vain(create, relayer):
    federation = create(rounds=1)
    federation.travel_to_voidable()
    federation.void()
    federation.set_relayer(relayer)

    with reverting("TaskFinished"):
        federation.batch(relayer, 1)


def test_the_overview_tells_relayers_and_what_they_announced(create, relayer, clients):
    federation = create(relayers=[relayer])
    federation.batch(relayer, 2)
    federation.submit(clients[0])
    seen = {key: plain(value) for key, value in federation.task.overview(relayer).dict().items()}

    assert (seen["isRelayer"], seen["submitted"], seen["batched"]) == (True, 3, 2)
    assert seen["updatesHash"] == federation.updates_hash()
    assert (seen["isJuror"], seen["hasProved"], seen["lastRound"]) == (False, False, 0)
    assert federation.task.overview(clients[0])["isRelayer"] is False
    assert federation.task.overview(clients[1])["lastRound"] == 0


@pytest.mark.parametrize("role", ["client", "coordinator", "juror's account"])
def test_a_relayer_may_be_anybody_else_too(create, accounts, clients, coordinator, role):
    account = {"client": clients[0], "coordinator": coordinator}.get(role, accounts[9])
    federation = create(relayers=[account])
    federation.batch(account, 3, "file")
    if role == "client":
        federation.submit(account, "file")

    assert federation.current()["updatesHash"] == federation.updates_hash()
    assert federation.submissions[0][2] == digest_of("file")
