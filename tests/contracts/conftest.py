"""Who takes part, and a fresh task for every test."""

import pytest
import signing
from helpers import GRACE_SECONDS, ROUND_SECONDS, Federation, digest_of


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
def others(clients, stranger):
    """Accounts that may not do what the coordinator may."""
    return [clients[0], stranger]


@pytest.fixture(scope="module")
def factory(TaskFactory, coordinator, module_isolation):
    return TaskFactory.deploy({"from": coordinator})


@pytest.fixture(scope="module")
def create(factory, FederatedTask, coordinator, clients):
    """Creates a federation: 3 clients, 2 of 3 jurors, 2 to 3 updates a round, but for changes."""

    def make(members=None, jurors=3, quorum=2, **changes):
        members = clients if members is None else members
        config = {
            "specDigest": digest_of("spec"),
            "genesisDigest": digest_of("genesis"),
            "roundSeconds": ROUND_SECONDS,
            "graceSeconds": GRACE_SECONDS,
            "minUpdates": 2,
            "maxUpdates": 3,
            "rounds": 0,
            **changes,
        }
        jury = signing.make_jurors(jurors)
        addresses = [juror.address for juror in jury]
        transaction = factory.createTask(
            tuple(config.values()), coordinator, addresses, quorum, members, {"from": coordinator}
        )
        task = FederatedTask.at(transaction.return_value)
        made = Federation(task, coordinator, members, jury, quorum)
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
def forget_updates(federation):
    """The Python side of the federation starts anew with the chain."""
    federation.updates = []
