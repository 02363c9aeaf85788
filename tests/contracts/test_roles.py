"""What the coordinator is and is not, and handing the role on in two steps."""

from helpers import ZERO, only, refused_to, reverting
from merkle import Roster


def test_the_coordinator_owns_the_task(task, coordinator):
    assert task.owner() == coordinator
    assert task.pendingOwner() == ZERO


def test_the_role_is_handed_on_in_two_steps(federation, task, coordinator, accounts):
    heir = accounts[8]

    offered = task.transferOwnership(heir, {"from": coordinator})
    assert only(offered, "OwnershipTransferStarted") == {
        "previousOwner": coordinator,
        "newOwner": heir,
    }
    assert (task.owner(), task.pendingOwner()) == (coordinator, heir)

    taken = task.acceptOwnership({"from": heir})
    assert only(taken, "OwnershipTransferred") == {"previousOwner": coordinator, "newOwner": heir}
    assert (task.owner(), task.pendingOwner()) == (heir, ZERO)
    federation.set_roster(Roster([heir]), sender=heir)
    refused_to([coordinator], lambda who: federation.set_roster(Roster([who]), sender=who))


def test_only_the_heir_accepts(task, coordinator, accounts, stranger):
    task.transferOwnership(accounts[8], {"from": coordinator})
    refused_to([stranger, coordinator], lambda who: task.acceptOwnership({"from": who}))


def test_an_offer_can_be_taken_back(task, coordinator, accounts):
    task.transferOwnership(accounts[8], {"from": coordinator})
    task.transferOwnership(ZERO, {"from": coordinator})

    with reverting("OwnableUnauthorizedAccount", accounts[8]):
        task.acceptOwnership({"from": accounts[8]})


def test_only_the_coordinator_hands_the_role_on(task, others):
    refused_to(others, lambda who: task.transferOwnership(who, {"from": who}))


def test_nobody_can_renounce_the_role(task, coordinator, stranger):
    for account in (coordinator, stranger):
        with reverting("OwnershipNotRenounceable"):
            task.renounceOwnership({"from": account})
    assert task.owner() == coordinator


def test_the_coordinator_does_not_submit(federation, coordinator):
    with reverting("NotInRoster", coordinator, 1):
        federation.submit(coordinator)


def test_the_coordinator_does_not_judge(federation, coordinator):
    federation.submit_all()
    with reverting("QuorumNotReached", 0, 3):
        federation.finalize(signatures=b"", sender=coordinator)


def test_no_function_takes_ether(task, clients):
    payable = [entry for entry in task.abi if entry.get("stateMutability") == "payable"]

    assert payable == []
