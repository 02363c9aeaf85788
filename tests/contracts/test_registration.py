"""Who may submit."""

from helpers import ZERO, names_of, only, plain, refused_to, reverting


def test_the_first_clients_are_registered_with_the_task(federation, task, clients):
    told = [event for event in federation.creation.events if event.name == "ClientRegistered"]

    assert [(event["client"], event["index"]) for event in told] == [
        (client, index + 1) for index, client in enumerate(clients)
    ]
    assert task.clientCount() == 3
    assert plain(task.clientOf(clients[2])) == (3, 0, True)


def test_a_task_may_start_without_clients(create):
    federation = create(members=[])

    assert federation.task.clientCount() == 0
    assert "ClientRegistered" not in federation.creation.events


def test_more_clients_can_be_registered(federation, task, accounts, coordinator):
    transaction = task.registerClients([accounts[5], accounts[6]], {"from": coordinator})

    assert names_of(transaction) == ["ClientRegistered", "ClientRegistered"]
    assert task.clientCount() == 5
    assert plain(task.clientOf(accounts[6])) == (5, 0, True)
    federation.submit(accounts[6])


def test_registering_nobody_is_no_error(task, coordinator):
    assert names_of(task.registerClients([], {"from": coordinator})) == []


def test_nobody_is_registered_twice(task, clients, accounts, coordinator):
    with reverting("AlreadyRegistered", clients[1]):
        task.registerClients([accounts[5], clients[1]], {"from": coordinator})
    with reverting("AlreadyRegistered", accounts[5]):
        task.registerClients([accounts[5], accounts[5]], {"from": coordinator})

    assert task.clientCount() == 3
    assert plain(task.clientOf(accounts[5])) == (0, 0, False)


def test_the_zero_address_is_no_client(task, coordinator):
    with reverting("ZeroClient"):
        task.registerClients([ZERO], {"from": coordinator})


def test_a_removed_client_submits_no_more(federation, task, clients, coordinator):
    transaction = task.removeClients([clients[0]], {"from": coordinator})

    assert only(transaction, "ClientRemoved") == {"client": clients[0]}
    assert plain(task.clientOf(clients[0])) == (1, 0, False)
    assert task.clientCount() == 3
    with reverting("NotAClient", clients[0]):
        federation.submit(clients[0])


def test_several_clients_can_be_removed_at_once(task, clients, coordinator):
    transaction = task.removeClients(clients, {"from": coordinator})

    assert names_of(transaction) == ["ClientRemoved"] * 3


def test_an_update_stays_in_when_its_client_is_removed(federation, task, clients, coordinator):
    federation.submit(clients[0])
    task.removeClients([clients[0]], {"from": coordinator})
    federation.submit(clients[1])
    federation.submit(clients[2])

    federation.finalize()


def test_who_is_no_client_cannot_be_removed(task, clients, stranger, coordinator):
    with reverting("NotAClient", stranger):
        task.removeClients([clients[0], stranger], {"from": coordinator})
    with reverting("NotAClient", clients[0]):
        task.removeClients([clients[0], clients[0]], {"from": coordinator})

    assert plain(task.clientOf(clients[0])) == (1, 0, True)


def test_a_client_that_comes_back_keeps_its_index(federation, task, clients, coordinator):
    task.removeClients([clients[1]], {"from": coordinator})

    transaction = task.registerClients([clients[1]], {"from": coordinator})

    assert only(transaction, "ClientRegistered") == {"client": clients[1], "index": 2}
    assert task.clientCount() == 3
    federation.submit(clients[1])


def test_coming_back_is_no_second_update(federation, task, clients, coordinator):
    federation.submit(clients[1])
    task.removeClients([clients[1]], {"from": coordinator})
    task.registerClients([clients[1]], {"from": coordinator})

    with reverting("AlreadySubmitted", clients[1], 1):
        federation.submit(clients[1])


def test_only_the_coordinator_registers_and_removes(task, clients, stranger, others):
    refused_to(others, lambda who: task.registerClients([stranger], {"from": who}))
    refused_to(others, lambda who: task.removeClients([clients[1]], {"from": who}))
