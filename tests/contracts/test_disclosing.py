"""Anybody tells on where the samples of a verification slice are; nothing is kept of it."""

import pytest
from brownie import web3
from helpers import digest_of, names_of, only, reverting

# More slots than the task's own variables take.
SLOTS = 32
SLICE = digest_of("slice 1")


def kept_by(federation):
    """All that a task keeps: its slots, and what its members' and jurors' accounts have in it."""
    task = federation.task
    slots = [web3.eth.get_storage_at(task.address, slot) for slot in range(SLOTS)]
    clients = [tuple(task.clientOf(client)) for client in federation.clients]
    return slots, clients, task.balance(), web3.eth.get_transaction_count(task.address)


def written_slots(transaction):
    """What a transaction wrote, by the chain's own trace of it."""
    answer = web3.provider.make_request("debug_traceTransaction", [transaction.txid, {}])
    return [step for step in answer["result"]["structLogs"] if step["op"] == "SSTORE"]


def test_a_disclosure_is_told_on_with_who_made_it(task, stranger):
    told = task.discloseSlice(7, SLICE, {"from": stranger})

    assert names_of(told) == ["SliceDisclosed"]
    assert only(told, "SliceDisclosed") == {"slice": 7, "discloser": stranger, "digest": SLICE}


def test_slice_and_discloser_can_be_looked_for(task, stranger):
    told = task.discloseSlice(7, SLICE, {"from": stranger})

    (log,) = web3.eth.get_transaction_receipt(told.txid)["logs"]
    signature = web3.keccak(text="SliceDisclosed(uint32,address,bytes32)")
    padded = bytes(12) + bytes.fromhex(stranger.address[2:])
    assert [bytes(topic) for topic in log["topics"]] == [signature, (7).to_bytes(32, "big"), padded]
    assert bytes(log["data"]) == SLICE


def test_anybody_may_disclose_and_nobodys_disclosure_keeps_another_away(
    task, coordinator, clients, stranger
):
    for account in (stranger, clients[0], coordinator):
        for name in ("slice 1", "something else"):
            told = task.discloseSlice(1, digest_of(name), {"from": account})
            assert only(told, "SliceDisclosed")["discloser"] == account
            assert only(told, "SliceDisclosed")["digest"] == digest_of(name)


def test_a_disclosure_writes_nothing(federation, task, clients, stranger):
    federation.submit(clients[0])
    before = kept_by(federation)

    told = task.discloseSlice(1, SLICE, {"from": stranger})

    assert kept_by(federation) == before
    assert written_slots(told) == []
    # That the trace would show a write.
    assert written_slots(federation.submit(clients[1])) != []


def test_every_slice_from_the_first_to_the_last_number_can_be_disclosed(task, stranger):
    for number in (1, 2**32 - 1):
        told = task.discloseSlice(number, SLICE, {"from": stranger})
        assert only(told, "SliceDisclosed")["slice"] == number


@pytest.mark.parametrize("number", [0, 1])
def test_a_disclosure_names_a_file(task, stranger, number):
    with reverting("ZeroSlice" if number == 0 else "ZeroDigest"):
        task.discloseSlice(number, bytes(32), {"from": stranger})


def test_slices_count_from_one(task, stranger):
    with reverting("ZeroSlice"):
        task.discloseSlice(0, SLICE, {"from": stranger})


def test_a_round_goes_on_through_disclosures_in_each_of_its_phases(federation, task, stranger):
    """Whoever floods a task with disclosures neither ends a round nor stops a report."""
    task.discloseSlice(1, SLICE, {"from": stranger})
    federation.submit_all()
    hashed = federation.updates_hash()
    sent = federation.signed_report()

    task.discloseSlice(1, SLICE, {"from": stranger})

    assert federation.current()["updatesHash"] == hashed
    assert names_of(federation.finalize(*sent)) == ["RoundFinalized", "RoundOpened"]


def test_a_finished_task_still_takes_disclosures(create, stranger):
    """The single slice of all rounds is disclosed only then."""
    federation = create(rounds=1)
    federation.submit_all()
    federation.finalize()
    before = federation.current()

    told = federation.task.discloseSlice(1, SLICE, {"from": stranger})

    assert only(told, "SliceDisclosed") == {"slice": 1, "discloser": stranger, "digest": SLICE}
    assert federation.current() == before
