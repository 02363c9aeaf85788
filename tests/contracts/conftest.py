"""Who takes part, and a fresh task for every test."""

import gc
import itertools

import pytest
import signing
from helpers import CONFIG, Federation, only
from merkle import Roster


@pytest.fixture(scope="session", autouse=True)
def quick_collections():
    """Brownie collects garbage at every snapshot and whenever it goes back to one: what stands by
    now, libraries and contracts, stays and is not looked through each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def isolation(fn_isolation):
    """Every test starts from the same chain."""


@pytest.fixture(scope="module")
def coordinator(accounts):
    return accounts[0]


@pytest.fixture(scope="module")
def clients(accounts):
    return list(accounts[1:4])


@pytest.fixture(scope="module")
def stranger(accounts):
    return accounts[9]


@pytest.fixture(scope="module")
def relayer(accounts):
    return accounts[8]


@pytest.fixture(scope="module")
def others(clients, stranger):
    """Accounts that may not do what the coordinator may."""
    return [clients[0], stranger]


@pytest.fixture(scope="module")
def factory(TaskFactory, coordinator, module_isolation):
    return TaskFactory.deploy({"from": coordinator})


@pytest.fixture(scope="module")
def create(factory, FederatedTask, coordinator, clients):
    """Creates a federation: 3 clients, 3 of 4 jurors, 2 to 3 updates a round, but for changes.

    `members` is a list of them, or a roster.
    """
    nonces = itertools.count()

    def make(members=None, jurors=4, quorum=3, relayers=(), **changes):
        members = clients if members is None else members
        roster = members if hasattr(members, "as_tuple") else Roster(members)
        jury = signing.make_jurors(jurors)
        transaction = factory.createTask(
            tuple({**CONFIG, **changes}.values()),
            roster.as_tuple(),
            signing.addresses(jury),
            quorum,
            list(relayers),
            next(nonces),
            {"from": coordinator},
        )
        # From its event: what it returned, Brownie would look for in a trace.
        task = FederatedTask.at(only(transaction, "TaskCreated")["task"])
        made = Federation(task, coordinator, roster, jury, quorum)
        made.creation = transaction
        return made

    return make


@pytest.fixture(scope="module")
def federation(create):
    return create()


@pytest.fixture(scope="module")
def task(federation):
    return federation.task


@pytest.fixture(autouse=True)
def forget_submissions(federation):
    """The Python side of the federation starts anew with the chain."""
    federation.submissions = []
