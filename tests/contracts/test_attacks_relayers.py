"""A relayer lies, floods, stalls, or comes too late: what it can do to a round, and what not.

The contract cannot read a batch's file. That what a relayer makes up gets no more than verdicts of
its own is shown where the jury reads batches.
"""

import pytest
import signing
from eth_account import Account
from helpers import (
    BATCH_SECONDS,
    CLOSED,
    OPEN,
    digest_of,
    floor_of,
    mine_at,
    only,
    reorganized,
    reverting,
    running_hash,
    send,
    travel_to,
)
from merkle import Crowd, Roster

ENTRIES_LIMIT = 120_000
# EIP-7825: most gas of one transaction on mainnet. Nodes relay transactions of up to 128 KiB.
TRANSACTION_GAS, TRANSACTION_BYTES = 16_777_216, 131_072


@pytest.fixture
def federation(create, relayer):
    return create(relayers=[relayer])


@pytest.fixture
def task(federation):
    return federation.task


def closes_and_is_judged(federation):
    """The round comes to its end as if nothing had been tried."""
    mine_at(federation.deadline())
    assert federation.task.phase() == CLOSED
    assert federation.current()["updatesHash"] == federation.updates_hash()
    told = only(federation.finalize(), "RoundFinalized")
    assert federation.task.phase() == OPEN
    return told


def test_a_forged_batch_costs_verdict_bytes_and_shuts_nobody_out(federation, relayer, clients):
    """The contract takes any file for a batch. All clients still have their places."""
    federation.batch(relayer, 3, "nonsense")
    for client in clients:
        federation.submit(client)

    assert len(closes_and_is_judged(federation)["verdicts"]) == 3 + 3


def test_counts_that_are_made_up_are_at_most_a_roster(federation, task, relayer, clients):
    """Who announces more than it has takes room from batches, none from clients."""
    for count in (4, 1000, 2**32 - 1):
        with reverting("InvalidBatchCount", count, 3):
            federation.batch(relayer, count)
    federation.batch(relayer, 3, "an empty file")

    assert task.batchRoom() == 0
    federation.submit_all()
    assert federation.current()["submitted"] == 6


def test_counts_that_are_made_up_are_enough_for_the_round_at_its_deadline(create, relayer, clients):
    """`minUpdates` counts what is announced: one update that is none lets a round close short.

    It closes when it would have with enough updates, not before.
    """
    federation = create(relayers=[relayer], minUpdates=3)
    deadline = federation.deadline()
    federation.batch(relayer, 3, "nonsense")
    federation.submit(clients[0])

    mine_at(deadline - 1)
    assert federation.task.phase() == OPEN
    assert federation.deadline() == deadline
    closes_and_is_judged(federation)


def test_the_order_of_submissions_is_the_chains(federation, relayer, clients):
    """A relayer chooses the order of its entries; that of the chain's it cannot change.

    Nor can a jury leave a batch out, turn two around, or split one.
    """
    federation.batch(relayer, 1, "first")
    federation.submit(clients[0], "second")
    federation.batch(relayer, 2, "third")
    first, second, third = federation.submissions
    kind, account, digest, _ = third
    travel_to(federation.deadline())
    right = federation.current()["updatesHash"]

    for others in (
        [second, first, third],
        [first, third, second],
        [first, second],
        [second, third],
        [first, second, third, third],
        [first, second, (kind, account, digest, 1), (kind, account, digest, 1)],
    ):
        wrong = federation.updates_hash(submissions=others)
        with reverting("WrongUpdatesHash", wrong, right):
            federation.finalize(federation.report(updates_hash=wrong))
        federation.submissions = [first, second, third]


def test_the_same_batch_again_takes_room_of_batches_alone(federation, task, relayer, clients):
    """It is another submission with another place; which entries count is the jury's to say."""
    federation.batch(relayer, 1, "batch")
    federation.batch(relayer, 1, "batch")
    assert (task.batchRoom(), federation.current()["batched"]) == (1, 2)
    federation.batch(relayer, 1, "batch")

    with reverting("InvalidBatchCount", 1, 0):
        federation.batch(relayer, 1, "batch")
    federation.submit_all()
    assert len(closes_and_is_judged(federation)["verdicts"]) == 6


def test_another_relayer_may_repeat_it_under_its_own_name_alone(federation, relayer, accounts):
    copier = accounts[7]
    with reverting("NotARelayer", copier):
        federation.batch(copier, 2, "batch")
    federation.set_relayer(copier)
    original = only(federation.batch(relayer, 2, "batch"), "BatchSubmitted")
    copied = only(federation.batch(copier, 1, "batch"), "BatchSubmitted")

    assert (original["relayer"], copied["relayer"]) == (relayer, copier)
    assert (original["index"], copied["index"]) == (0, 2)


def test_a_batch_of_another_round_lands_in_none_but_its_own(federation, relayer):
    """A transaction that is late is not counted in the next round, nor one that is early."""
    federation.batch(relayer, 3, "of round 1")
    closes_and_is_judged(federation)

    for given in (1, 3):
        with reverting("WrongRound", given, 2):
            federation.batch(relayer, 3, "of round 1", round_number=given)
    # Posted anew it has a place in another hash: that of another round and another model.
    federation.batch(relayer, 3, "of round 1")
    current = federation.current()
    mistaken = running_hash(
        1, digest_of("genesis"), federation.roster.root, federation.jury, federation.submissions
    )
    assert current["updatesHash"] == federation.updates_hash() != mistaken


def test_a_batch_after_a_reorganization_has_its_place_from_the_model_of_then(federation, relayer):
    """Its transaction is valid again. Its round's hash starts from the model that is there now."""
    federation.submit_all()
    with reorganized():
        federation.finalize(federation.report(model_digest=digest_of("model A")))
        federation.batch(relayer, 3, "signed over model A")
        gone = federation.current()["updatesHash"]
    federation.finalize(federation.report(attempt=1, model_digest=digest_of("model B")))
    federation.batch(relayer, 3, "signed over model A")

    assert federation.current()["updatesHash"] == federation.updates_hash() != gone


def test_who_is_left_out_submits_alone_until_the_deadline(federation, relayer, clients):
    """A relayer withholds: whoever has ether needs it for nothing."""
    federation.batch(relayer, 1)
    travel_to(federation.deadline() - 3)
    for client in clients:
        federation.submit(client)

    assert closes_and_is_judged(federation)["round"] == 1


def test_nothing_that_a_relayer_does_not_do_holds_a_round_up(federation, clients):
    """It is silent all the time."""
    federation.submit_all()
    federation.finalize()
    federation.submit(clients[0])
    federation.submit(clients[1])

    assert len(closes_and_is_judged(federation)["verdicts"]) == 2


def test_the_last_moment_leaves_everybody_the_rest_of_the_round(federation, relayer, clients):
    """In the last second for batches it fills their room and drops everybody."""
    end = federation.creation.timestamp + BATCH_SECONDS
    travel_to(end - 1)
    federation.batch(relayer, 3, "everybody dropped")

    travel_to(end)
    with reverting("TooLateForBatches", 1, end):
        federation.batch(relayer, 1)
    # Six tenths of the round are left.
    travel_to(federation.deadline() - 4)
    for client in clients:
        federation.submit(client)
    assert len(closes_and_is_judged(federation)["verdicts"]) == 6


@pytest.mark.parametrize("seconds", [0, 1, 500, 999])
def test_no_task_takes_batches_until_its_deadline(create, relayer, clients, seconds):
    federation = create(relayers=[relayer], batchSeconds=seconds, minUpdates=1)
    deadline = federation.deadline()
    travel_to(deadline - 1)
    with reverting("TooLateForBatches", 1, deadline - 1000 + seconds):
        federation.batch(relayer, 1)
    federation.submit(clients[0])
    assert federation.current()["submitted"] == 1


def test_a_full_room_refuses_other_relayers_and_no_client(federation, relayer, accounts, clients):
    honest = accounts[7]
    federation.set_relayer(honest)
    federation.batch(relayer, 3, "nonsense")

    with reverting("InvalidBatchCount", 2, 0):
        federation.batch(honest, 2)
    for client in clients:
        federation.submit(client)
    assert federation.task.phase() == CLOSED
    federation.finalize()
    # In the next round the room is free again; the coordinator takes the name back before it.
    federation.set_relayer(relayer, False)
    with reverting("NotARelayer", relayer):
        federation.batch(relayer, 3, "nonsense")
    federation.batch(honest, 2)


@pytest.mark.parametrize(("size", "most"), [(2**20 - 1, 3), (2**20 - 1, 100_000), (300_000, 50)])
def test_no_batches_and_lone_submissions_together_exceed_a_report(create, relayer, size, most):
    federation = create(members=Crowd(size), relayers=[relayer], minUpdates=1, maxUpdates=most)
    room = federation.task.batchRoom()
    assert room + most == ENTRIES_LIMIT
    for count in (room - 1, 1):
        federation.batch(relayer, count)

    with reverting("InvalidBatchCount", 1, 0):
        federation.batch(relayer, 1)
    assert federation.current()["submitted"] == ENTRIES_LIMIT - most


def wire_bytes(federation, data, gas):
    """Length of the transaction with this data as nodes relay it."""
    signed = Account.from_key(digest_of("sender")).sign_transaction(
        {
            "type": 2,
            "to": federation.task.address,
            "data": data,
            "gas": gas,
            "nonce": 2**32,
            "chainId": 2**32,
            "value": 0,
            "maxFeePerGas": 10**13,
            "maxPriorityFeePerGas": 10**13,
        }
    )
    return len(signed.raw_transaction)


def test_the_fullest_round_is_finalized_in_one_transaction(create, relayer, clients):
    """All room of batches, all of lone submissions, and the largest jury, all of whom sign."""

    class Claimed(Roster):
        """The clients' tree, said to have as many members as a roster may have."""

        def as_tuple(self):
            root, _, digest = super().as_tuple()
            return (root, 2**20 - 1, digest)

    federation = create(members=Claimed(clients), relayers=[relayer], jurors=128, quorum=86)
    federation.batch(relayer, ENTRIES_LIMIT - 3, "nonsense")
    federation.submit_all()
    mine_at(federation.deadline())
    assert federation.current()["submitted"] == ENTRIES_LIMIT
    verdicts = b"\xff" * ENTRIES_LIMIT
    report = federation.report(attempt=2**32 - 1, accuracy=0xFFFF)
    signatures = federation.sign(report, verdicts, federation.jurors)

    finalize = federation.task.finalizeRound
    arguments = (report.as_tuple(), verdicts, signatures)
    data = bytes.fromhex(finalize.encode_input(*arguments)[2:])
    receipt = send(federation.coordinator, finalize, *arguments)

    assert federation.current()["number"] == 2
    assert receipt["gasUsed"] < TRANSACTION_GAS / 2
    assert floor_of(data) < TRANSACTION_GAS / 2
    assert wire_bytes(federation, data, TRANSACTION_GAS) < TRANSACTION_BYTES


def test_taken_back_in_mid_round_it_posts_no_more_and_what_it_posted_stays(
    federation, relayer, clients
):
    federation.batch(relayer, 1)
    federation.set_relayer(relayer, False)

    with reverting("NotARelayer", relayer):
        federation.batch(relayer, 1)
    federation.submit(clients[0])
    assert federation.current()["updatesHash"] == federation.updates_hash()
    assert len(closes_and_is_judged(federation)["verdicts"]) == 2


def test_the_coordinator_as_a_relayer_can_do_no_more_than_any_other(
    federation, task, coordinator, clients
):
    """It names itself at once, in the round that is on; what it posts has the same bounds."""
    with reverting("NotARelayer", coordinator):
        federation.batch(coordinator, 1)
    federation.set_relayer(coordinator)
    deadline = federation.deadline()
    federation.batch(coordinator, 3, "nonsense")
    with reverting("InvalidBatchCount", 1, 0):
        federation.batch(coordinator, 1)

    assert (task.phase(), federation.deadline()) == (OPEN, deadline)
    federation.submit_all()
    posted, model = federation.submissions, digest_of("its own")
    with reverting("QuorumNotReached", 0, 3):
        federation.finalize(
            federation.report(model_digest=model), signatures=b"", sender=coordinator
        )
    federation.submissions = posted
    closes_and_is_judged(federation)


def test_no_batch_ends_a_round_before_its_deadline(federation, task, relayer, clients):
    """Nor with all members announced, nor together with lone submissions that are not all."""
    deadline = federation.deadline()
    federation.submit(clients[0])
    federation.batch(relayer, 1)
    federation.batch(relayer, 2)
    federation.submit(clients[1])

    assert (task.phase(), federation.deadline()) == (OPEN, deadline)
    mine_at(deadline - 1)
    assert task.phase() == OPEN


def test_no_batch_delays_a_round(federation, task, relayer, clients):
    """Everybody in by themselves ends it, however much of a batch is announced."""
    federation.submit(clients[0])
    federation.submit(clients[1])
    federation.batch(relayer, 3, "nonsense")
    last = federation.submit(clients[2])

    assert (task.phase(), federation.deadline()) == (CLOSED, last.timestamp)
    with reverting("RoundClosed", 1, last.timestamp):
        federation.batch(relayer, 1)
    federation.finalize()


def test_a_relayer_that_judges_too_signs_for_itself_alone(create, accounts):
    """Being a relayer gives no seat in the jury and no place in the roster."""
    account = accounts[7]
    federation = create(relayers=[account])
    with reverting("NotInRoster", account, 1):
        federation.submit(account)
    federation.batch(account, 3)
    travel_to(federation.deadline())
    outsiders = signing.make_jurors(3, "relayer")
    with reverting("NotAJuror", outsiders[0].address, 1):
        federation.finalize(jurors=outsiders)


def test_a_batch_brings_no_new_place_to_whoever_submitted_alone(federation, relayer, clients):
    federation.submit(clients[0])
    federation.batch(relayer, 3)

    with reverting("AlreadySubmitted", clients[0], 1):
        federation.submit(clients[0], "another")
    assert federation.task.clientOf(clients[0])["lastRound"] == 1
    assert federation.current()["submitted"] == 4
