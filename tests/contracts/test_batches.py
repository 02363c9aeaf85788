"""Submitting batches: who, when, how many, and their place in the running hash."""

import pytest
from helpers import (
    BATCH_SECONDS,
    CLOSED,
    OPEN,
    ROUND_SECONDS,
    batch,
    digest_of,
    lone,
    mine_at,
    only,
    plain,
    reverting,
    travel_to,
)
from merkle import Crowd, Roster

ENTRIES_LIMIT, UPDATES_LIMIT = 120_000, 100_000


@pytest.fixture
def federation(create, relayer):
    """3 clients, 2 to 3 updates that they submit themselves, and a relayer."""
    return create(relayers=[relayer])


@pytest.fixture
def task(federation):
    return federation.task


def room_of(create, size, most):
    """How many updates batches may announce in a round of such a task."""
    return create(members=Crowd(size), minUpdates=1, maxUpdates=most).task.batchRoom()


def test_a_batch_is_told_with_all_that_the_jury_needs(federation, relayer):
    transaction = federation.batch(relayer, 2, "file")

    assert only(transaction, "BatchSubmitted") == {
        "round": 1,
        "relayer": relayer,
        "index": 0,
        "count": 2,
        "digest": digest_of("file"),
    }
    assert federation.current()["submitted"] == 2
    assert federation.current()["batched"] == 2


def test_indexes_count_updates_over_batches_and_lone_submissions(federation, relayer, clients):
    first = only(federation.submit(clients[0]), "UpdateSubmitted")
    second = only(federation.batch(relayer, 2), "BatchSubmitted")
    third = only(federation.submit(clients[1]), "UpdateSubmitted")
    fourth = only(federation.batch(relayer, 1), "BatchSubmitted")

    assert [told["index"] for told in (first, second, third, fourth)] == [0, 1, 3, 4]
    assert federation.current()["submitted"] == 5
    assert federation.current()["batched"] == 3


def test_the_running_hash_takes_batches_and_lone_submissions_in_order(federation, relayer, clients):
    for step in (
        lambda: federation.batch(relayer, 1),
        lambda: federation.submit(clients[2]),
        lambda: federation.batch(relayer, 2),
        lambda: federation.submit(clients[0]),
    ):
        step()
        assert federation.current()["updatesHash"] == federation.updates_hash()

    others = federation.submissions[::-1]
    assert federation.current()["updatesHash"] != federation.updates_hash(submissions=others)


@pytest.mark.parametrize(
    "other",
    [
        lone,
        lambda relayer, digest: batch(relayer, digest, 2),
        lambda relayer, digest: batch("0x" + "11" * 20, digest, 1),
        lambda relayer, digest: batch(relayer, digest_of("other"), 1),
    ],
)
def test_the_running_hash_tells_kind_relayer_count_and_digest(federation, relayer, other):
    federation.batch(relayer, 1, "file")
    mistaken = other(relayer, digest_of("file"))

    assert federation.current()["updatesHash"] != federation.updates_hash(submissions=[mistaken])


def test_a_batch_of_one_is_no_lone_submission(create, clients):
    """A client that is a relayer too, the same digest: only the kind tells them apart."""
    federation = create(relayers=[clients[0]])
    federation.batch(clients[0], 1, "file")
    federation.submit(clients[0], "file")

    expected = [batch(clients[0], digest_of("file"), 1), lone(clients[0], digest_of("file"))]
    assert federation.current()["updatesHash"] == federation.updates_hash(submissions=expected)
    assert federation.current()["batched"] == 1


def test_only_relayers_post(federation, clients, coordinator, stranger):
    for account in (clients[0], coordinator, stranger):
        with reverting("NotARelayer", account):
            federation.batch(account, 1)


def test_a_batch_needs_a_digest(task, relayer):
    with reverting("ZeroDigest"):
        task.submitBatch(1, 1, bytes(32), {"from": relayer})


@pytest.mark.parametrize("count", [0, 4, 2**32 - 1])
def test_a_batch_announces_an_update_at_least_and_has_room_for_all(federation, relayer, count):
    with reverting("InvalidBatchCount", count, 3):
        federation.batch(relayer, count)


def test_the_counts_of_all_batches_together_have_room(federation, task, relayer, accounts):
    other = accounts[7]
    federation.set_relayer(other)
    rooms = [task.batchRoom()]
    for sender in (relayer, other, relayer):
        federation.batch(sender, 1)
        rooms.append(task.batchRoom())
    assert rooms == [3, 2, 1, 0]

    for count in (0, 1):
        with reverting("InvalidBatchCount", count, 0):
            federation.batch(other, count)


def test_the_room_is_as_large_as_the_roster(create):
    assert [room_of(create, size, 3) for size in (1, 2, 119_996)] == [1, 2, 119_996]


@pytest.mark.parametrize("most", [3, 1000, UPDATES_LIMIT])
def test_the_room_is_what_lone_submissions_leave_of_a_report(create, most):
    assert room_of(create, 2**20 - 1, most) == ENTRIES_LIMIT - most


@pytest.mark.parametrize(
    ("size", "room"),
    [(19_999, 19_999), (60_000, 60_000), (60_001, 59_999), (99_999, 20_001), (100_001, 20_000)],
)
def test_no_more_room_is_left_to_lone_submissions_than_the_roster_has_members(create, size, room):
    assert room_of(create, size, UPDATES_LIMIT) == room


def test_a_roster_of_nobody_leaves_no_room(create, relayer):
    federation = create(members=[], relayers=[relayer])

    assert federation.task.batchRoom() == 0
    with reverting("InvalidBatchCount", 1, 0):
        federation.batch(relayer, 1)


def test_the_room_is_that_of_the_rounds_roster_and_anew_in_each_round(
    federation, task, relayer, accounts
):
    federation.batch(relayer, 3)
    federation.set_roster(Roster(list(accounts[1:6])))
    with reverting("InvalidBatchCount", 1, 0):
        federation.batch(relayer, 1)
    federation.travel_to_deadline()
    federation.finalize()

    assert (task.batchRoom(), federation.current()["batched"]) == (5, 0)
    with reverting("InvalidBatchCount", 6, 5):
        federation.batch(relayer, 6)
    federation.batch(relayer, 5)


def test_batches_take_no_room_of_lone_submissions(create, relayer, clients):
    federation = create(relayers=[relayer], minUpdates=1, maxUpdates=2)
    federation.batch(relayer, 3)
    federation.submit(clients[0])
    federation.submit(clients[1])

    with reverting("RoundFull", 1, 2):
        federation.submit(clients[2])
    assert federation.current()["submitted"] == 5


def test_lone_submissions_take_no_room_of_batches(federation, task, relayer, clients):
    federation.submit(clients[0])
    federation.submit(clients[1])

    assert task.batchRoom() == 3
    federation.batch(relayer, 3)


def test_batches_are_taken_for_batch_seconds(federation, task, relayer):
    opened = federation.creation.timestamp
    end = opened + BATCH_SECONDS
    assert end == federation.deadline() - ROUND_SECONDS + BATCH_SECONDS
    travel_to(end - 1)
    federation.batch(relayer, 1)

    for time in (end + 1, end + 100, federation.deadline() - 1):
        travel_to(time)
        with reverting("TooLateForBatches", 1, end):
            federation.batch(relayer, 1)


def test_at_the_second_of_the_end_a_batch_is_late(federation, relayer):
    end = federation.creation.timestamp + BATCH_SECONDS
    travel_to(end)
    with reverting("TooLateForBatches", 1, end):
        federation.batch(relayer, 1)


def test_the_time_is_anew_in_each_round(federation, relayer):
    federation.submit_all()
    federation.finalize()
    end = federation.deadline() - ROUND_SECONDS + BATCH_SECONDS
    travel_to(end - 1)
    federation.batch(relayer, 1)

    federation.travel_to_voidable()
    federation.void()
    federation.batch(relayer, 1)


def test_a_round_that_is_late_takes_no_batch(federation, relayer):
    """It stays open for clients until it has enough; a batch is never what it waited for."""
    end = federation.creation.timestamp + BATCH_SECONDS
    travel_to(federation.deadline() + 10)

    with reverting("TooLateForBatches", 1, end):
        federation.batch(relayer, 3)
    assert federation.task.phase() == OPEN


def test_no_batch_seconds_mean_no_batches(create, relayer):
    federation = create(relayers=[relayer], batchSeconds=0)

    with reverting("TooLateForBatches", 1, federation.creation.timestamp):
        federation.batch(relayer, 1)
    federation.submit_all()
    federation.finalize()
    with reverting("TooLateForBatches", 2, federation.deadline() - ROUND_SECONDS):
        federation.batch(relayer, 1)


def test_the_longest_batch_seconds_leave_the_last_second_to_clients(create, relayer, clients):
    federation = create(relayers=[relayer], batchSeconds=ROUND_SECONDS - 1)
    travel_to(federation.deadline() - 2)
    federation.batch(relayer, 2)

    federation.submit(clients[0])
    assert federation.current()["submitted"] == 3


def test_a_closed_round_takes_no_batch(federation, relayer):
    federation.submit_all()

    with reverting("RoundClosed", 1, federation.deadline()):
        federation.batch(relayer, 1)


def test_a_round_past_its_deadline_takes_no_batch(federation, relayer):
    federation.batch(relayer, 2)
    deadline = federation.deadline()
    travel_to(deadline)

    with reverting("RoundClosed", 1, deadline):
        federation.batch(relayer, 1)


@pytest.mark.parametrize("given", [0, 1, 3])
def test_a_batch_for_another_round_is_refused(federation, relayer, given):
    federation.submit_all()
    federation.finalize()

    with reverting("WrongRound", given, 2):
        federation.batch(relayer, 1, round_number=given)


def test_a_finished_task_takes_no_batch(create, relayer):
    federation = create(relayers=[relayer], rounds=1)
    federation.batch(relayer, 2)
    federation.travel_to_deadline()
    federation.finalize()

    assert federation.task.batchRoom() == 0
    assert federation.current()["batched"] == 0
    for number in (1, 2):
        with reverting("TaskFinished"):
            federation.batch(relayer, 1, round_number=number)


def test_what_is_wrong_is_told_in_the_order_of_what_cannot_be_mended(
    federation, task, relayer, stranger
):
    def refused(error, *arguments, round_number=1, count=0, sender=relayer):
        with reverting(error, *arguments):
            task.submitBatch(round_number, count, bytes(32), {"from": sender})

    end = federation.creation.timestamp + BATCH_SECONDS
    refused("InvalidBatchCount", 0, 3)
    travel_to(end)
    refused("TooLateForBatches", 1, end)
    federation.submit_all()
    refused("RoundClosed", 1, federation.deadline())
    refused("NotARelayer", stranger, sender=stranger)
    refused("WrongRound", 2, 1, round_number=2, sender=stranger)


def test_a_refused_batch_changes_nothing(federation, task, relayer, stranger):
    federation.batch(relayer, 1)
    before = federation.current()
    with reverting("NotARelayer", stranger):
        federation.batch(stranger, 1)
    for count in (0, 3):
        with reverting("InvalidBatchCount", count, 2):
            federation.batch(relayer, count)

    assert federation.current() == before
    assert task.batchRoom() == 2


def test_a_relayer_may_post_several_batches_a_round(federation, relayer):
    for _ in range(3):
        federation.batch(relayer, 1)

    assert federation.current()["updatesHash"] == federation.updates_hash()


def test_a_batch_says_nothing_of_who_has_submitted(federation, task, relayer, clients):
    """Its entries are the jury's to read: no client's place is taken."""
    federation.batch(relayer, 3)

    assert [plain(task.clientOf(client)) for client in clients] == [(0, 0)] * 3
    federation.submit(clients[1])
    assert plain(task.clientOf(clients[1])) == (1, 1)


def test_a_batch_does_not_close_a_round(federation, task, relayer):
    deadline = federation.deadline()
    federation.batch(relayer, 3)

    assert (task.phase(), federation.deadline()) == (OPEN, deadline)
    with reverting("RoundNotClosed", 1, 3, deadline):
        federation.finalize()
    mine_at(deadline)
    assert task.phase() == CLOSED
    federation.finalize()


def test_a_round_of_a_batch_alone_is_finalized(federation, relayer):
    federation.batch(relayer, 3)
    federation.travel_to_deadline()

    told = only(federation.finalize(), "RoundFinalized")

    assert len(told["verdicts"]) == 3
    assert federation.current()["updatesHash"] == federation.updates_hash()


def test_lone_submissions_after_a_batch_do_not_close_it_before_they_are_all(
    federation, task, relayer, clients
):
    """Two and a batch of one are as many updates as members, but not all members."""
    deadline = federation.deadline()
    federation.batch(relayer, 1)
    federation.submit(clients[0])
    federation.submit(clients[1])
    assert (task.phase(), federation.deadline()) == (OPEN, deadline)

    last = federation.submit(clients[2])
    assert (task.phase(), federation.deadline()) == (CLOSED, last.timestamp)


def test_announced_counts_are_enough_at_the_deadline(create, relayer):
    federation = create(relayers=[relayer], minUpdates=3)
    federation.batch(relayer, 2)
    mine_at(federation.deadline())
    assert federation.task.phase() == OPEN

    late = federation.submit(federation.clients[0])
    assert (federation.task.phase(), federation.deadline()) == (CLOSED, late.timestamp)
    federation.finalize()


def test_announced_counts_can_be_enough_where_the_roster_is_too_small(create, relayer, clients):
    """A batch of two and the same two by themselves are four announced updates."""
    federation = create(members=clients[:2], relayers=[relayer], minUpdates=4, maxUpdates=4)
    federation.batch(relayer, 2)
    federation.submit(clients[0])
    assert federation.task.phase() == OPEN

    last = federation.submit(clients[1])
    assert (federation.task.phase(), federation.deadline()) == (CLOSED, last.timestamp)


def test_the_whole_roster_alone_is_not_enough_without_enough_updates(create, relayer, clients):
    federation = create(members=clients[:2], relayers=[relayer], minUpdates=4, maxUpdates=4)
    federation.batch(relayer, 1)
    deadline = federation.deadline()
    federation.submit_all()

    assert (federation.task.phase(), federation.deadline()) == (OPEN, deadline)
    with reverting("RoundNotClosed", 1, 3, deadline):
        federation.finalize()


@pytest.mark.parametrize("length", [0, 2, 4, 6])
def test_there_is_a_verdict_for_every_announced_update(federation, relayer, clients, length):
    federation.submit(clients[0])
    federation.batch(relayer, 3)
    federation.submit(clients[1])
    federation.travel_to_deadline()

    with reverting("WrongVerdictsLength", length, 5):
        federation.finalize(verdicts=bytes([1]) * length)
    assert len(only(federation.finalize(), "RoundFinalized")["verdicts"]) == 5


def test_a_round_with_batches_is_voided_like_any_other(federation, relayer, clients):
    federation.batch(relayer, 2)
    federation.submit(clients[0])
    hashed = federation.updates_hash()
    federation.travel_to_voidable()

    assert only(federation.void(), "RoundVoided")["updatesHash"] == hashed
    current = federation.current()
    assert (current["submitted"], current["batched"]) == (0, 0)
    assert current["updatesHash"] == federation.updates_hash()
    federation.batch(relayer, 3)
