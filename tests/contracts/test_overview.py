"""What one call tells a client or a juror, held against the views that it stands for."""

import signing
from helpers import CLOSED, FINISHED, NOTICE_SECONDS, OPEN, digest_of, plain, travel_to
from merkle import Roster


def overview(task, account):
    """The overview by field."""
    return {key: plain(value) for key, value in task.overview(account).dict().items()}


def by_the_views(task, account):
    """The same from the view of each part."""
    current = {key: plain(value) for key, value in task.currentRound().dict().items()}
    roster_version, root, roster_size = plain(task.roster())
    jury_version, jury, jury_size, quorum = plain(task.jury())
    assert (roster_version, jury_version) == (current["rosterVersion"], current["juryVersion"])
    _, next_jury, _, _, next_jury_from = plain(task.nextJury())
    proved_version, last_round = plain(task.clientOf(account))
    return {
        "phase": task.phase(),
        "round": current.pop("number"),
        **current,
        "rosterSize": roster_size,
        "rosterRoot": root,
        "jurySize": jury_size,
        "quorum": quorum,
        "jury": jury,
        "nextJury": next_jury,
        "nextJuryFrom": next_jury_from,
        "isJuror": task.isJuror(jury, account),
        "isNextJuror": task.isJuror(next_jury, account),
        "hasProved": proved_version == roster_version,
        "lastRound": last_round,
        "isRelayer": task.isRelayer(account),
    }


def test_a_client_sees_the_round_and_its_own_standing(federation, task, clients):
    federation.submit(clients[1], "an update")
    assert overview(task, clients[1]) == {
        "phase": OPEN,
        "round": 1,
        "submitted": 1,
        "batched": 0,
        "deadline": federation.deadline(),
        "updatesHash": federation.updates_hash(),
        "modelDigest": digest_of("genesis"),
        "rosterVersion": 1,
        "rosterSize": 3,
        "rosterRoot": federation.roster.root,
        "juryVersion": 1,
        "jurySize": 4,
        "quorum": 3,
        "jury": federation.jury,
        "nextJury": bytes(32),
        "nextJuryFrom": 0,
        "isJuror": False,
        "isNextJuror": False,
        "hasProved": True,
        "lastRound": 1,
        "isRelayer": False,
    }
    # Who has not submitted under this roster has still to prove that it is in it.
    assert overview(task, clients[0])["hasProved"] is False


def test_a_juror_sees_whether_it_judges_this_round_or_a_later_one(federation, task):
    juror, heirs = federation.jurors[0].address, signing.make_jurors(1, "heir")
    newcomer = heirs[0].address
    announced = federation.set_jury(heirs, 1)
    seen = overview(task, juror)
    assert (seen["isJuror"], seen["isNextJuror"]) == (True, False)
    assert seen["nextJury"] == signing.jury_hash(heirs, 1)
    assert seen["nextJuryFrom"] == announced.timestamp + NOTICE_SECONDS
    seen = overview(task, newcomer)
    assert (seen["isJuror"], seen["isNextJuror"]) == (False, True)

    federation.submit_all()
    federation.finalize(federation.report(next_jury=seen["nextJury"]))
    assert overview(task, juror)["isJuror"] is False
    seen = overview(task, newcomer)
    assert (seen["isJuror"], seen["isNextJuror"], seen["juryVersion"]) == (True, False, 2)
    assert (seen["jurySize"], seen["quorum"], seen["nextJury"]) == (1, 1, bytes(32))


def test_it_is_what_the_views_say_all_through_a_task(create, clients, stranger):
    federation = create(rounds=3)
    task = federation.task

    def agree(phase):
        for account in (clients[0], clients[2], stranger, federation.jurors[0].address):
            assert overview(task, account) == by_the_views(task, account)
        assert task.overview(stranger)["phase"] == phase

    agree(OPEN)
    entering = federation.set_jury(federation.jurors[:1], 1).timestamp + NOTICE_SECONDS
    agree(OPEN)
    federation.submit(clients[0])
    federation.submit(clients[1])
    federation.travel_to_deadline()
    federation.set_roster(Roster(clients[:2]))
    agree(CLOSED)
    federation.finalize()
    agree(OPEN)
    travel_to(entering)
    federation.void()
    agree(OPEN)
    federation.travel_to_voidable()
    federation.void()
    agree(FINISHED)
