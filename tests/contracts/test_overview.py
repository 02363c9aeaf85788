"""What one call tells a client or a juror, held against the views that it stands for."""

from helpers import CLOSED, FINISHED, OPEN, digest_of, plain, running_hash


def overview(task, account):
    """The overview by field."""
    return {key: plain(value) for key, value in task.overview(account).dict().items()}


def by_the_views(task, account):
    """The same from the view of each part."""
    current = {key: plain(value) for key, value in task.currentRound().dict().items()}
    number, version = current.pop("number"), current["juryVersion"]
    index, last_round, active = task.clientOf(account)
    size, quorum = task.juryOf(version)
    return {
        "phase": task.phase(),
        "paused": task.paused(),
        "round": number,
        **current,
        "jurySize": size,
        "quorum": quorum,
        "isJuror": task.isJuror(version, account),
        "clientIndex": index,
        "lastRound": last_round,
        "isActive": active,
    }


def test_a_client_sees_the_round_and_its_own_standing(federation, task, clients):
    federation.submit(clients[1], "an update")
    assert overview(task, clients[1]) == {
        "phase": OPEN,
        "paused": False,
        "round": 1,
        "submitted": 1,
        "deadline": federation.deadline(),
        "juryVersion": 1,
        "updatesHash": running_hash(1, [(clients[1], digest_of("an update"))]),
        "modelDigest": digest_of("genesis"),
        "jurySize": 3,
        "quorum": 2,
        "isJuror": False,
        "clientIndex": 2,
        "lastRound": 1,
        "isActive": True,
    }


def test_a_juror_sees_whether_it_judges_this_round(federation, task, coordinator):
    juror, newcomer = federation.jurors[0].address, "0x" + "77" * 20
    task.setJury([newcomer], 1, {"from": coordinator})
    assert overview(task, juror)["isJuror"] is True
    assert overview(task, newcomer)["isJuror"] is False

    federation.submit_all()
    federation.finalize()
    assert overview(task, juror)["isJuror"] is False
    seen = overview(task, newcomer)
    assert (seen["isJuror"], seen["juryVersion"]) == (True, 2)
    assert (seen["jurySize"], seen["quorum"]) == (1, 1)


def test_it_is_what_the_views_say_all_through_a_task(create, clients, stranger, coordinator):
    federation = create(rounds=2)
    task = federation.task

    def agree(phase):
        for account in (clients[0], clients[2], stranger, federation.jurors[0].address):
            assert overview(task, account) == by_the_views(task, account)
        assert task.overview(stranger)["phase"] == phase

    agree(OPEN)
    task.removeClients([clients[2]], {"from": coordinator})
    task.pause({"from": coordinator})
    agree(OPEN)
    task.unpause({"from": coordinator})
    federation.submit(clients[0])
    federation.submit(clients[1])
    federation.travel_to_deadline()
    task.registerClients([clients[2]], {"from": coordinator})
    agree(CLOSED)
    federation.finalize()
    agree(OPEN)
    federation.travel_to_voidable()
    federation.void()
    agree(FINISHED)
