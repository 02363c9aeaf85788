"""A task from its creation to its end, as a story."""

from helpers import CLOSED, FINISHED, OPEN, digest_of, names_of, only, reverting


def test_three_rounds_of_a_task(create, clients, stranger):
    # A coordinator starts a task of three rounds: 3 clients, 4 jurors of whom 3 must agree.
    federation = create(jurors=4, quorum=3, rounds=3)
    task = federation.task
    assert names_of(federation.creation) == [
        "TaskCreated",
        "OwnershipTransferred",
        "RosterSet",
        "JuryAnnounced",
        "RoundOpened",
    ]
    assert task.phase() == OPEN
    assert federation.current()["number"] == 1
    assert federation.current()["modelDigest"] == digest_of("genesis")

    # Everybody trains and submits; the third update, the last member's, closes the round.
    for index, client in enumerate(clients):
        event = only(federation.submit(client, f"round 1, client {index}"), "UpdateSubmitted")
        assert event["index"] == index
    assert task.phase() == CLOSED
    assert federation.current()["updatesHash"] == federation.updates_hash()

    # Three jurors agree; a stranger carries their report to the chain, and round 2 opens.
    done = federation.finalize(sender=stranger)
    assert names_of(done) == ["RoundFinalized", "RoundOpened"]
    assert federation.current()["modelDigest"] == digest_of("model 1")
    assert federation.current()["number"] == 2
    assert task.phase() == OPEN

    # In round 2 a client is missing; the round closes at its deadline with the two others.
    federation.submit(clients[0])
    federation.submit(clients[2])
    assert task.phase() == OPEN
    federation.travel_to_deadline()
    with reverting("RoundClosed", 2, federation.deadline()):
        federation.submit(clients[1])
    federation.finalize()
    assert federation.current()["modelDigest"] == digest_of("model 2")

    # In round 3 the jury is away; the coordinator voids the round once the grace time is over.
    federation.submit_all()
    federation.travel_to_voidable()
    assert names_of(federation.void()) == ["RoundVoided"]

    # That was the last round: the model of round 2 stays for ever.
    assert task.phase() == FINISHED
    assert federation.current()["modelDigest"] == digest_of("model 2")
    with reverting("TaskFinished"):
        federation.submit(clients[0])
