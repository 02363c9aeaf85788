"""What everything costs, to the unit: a change shows in the diff and fails until it is meant.

`python scripts/brownie_tests.py --update-gas` writes gas_snapshot.json anew. Every price is the
larger of the usual one, which Ganache tells, and EIP-7623's floor, which it does not know.
"""

import json
import os
from pathlib import Path

import pytest
import signing
from brownie import web3
from helpers import CONFIG, digest_of, floor_of, send
from merkle import Crowd, Roster, rooted_at_depth

SNAPSHOT = Path(__file__).with_name("gas_snapshot.json")
ROUNDS = 10
LIMITS = {
    "life of an update, 10x10 alone": 57_000,
    "life of an update, 1000x10 alone": 46_500,
    "createTask, roster of 100000": 450_000,
    "finalizeRound, 1000 updates, 3 of 4": 125_000,
    "life of an update, 100x10 batched": 1_600,
    "life of an update, 1000x10 batched": 200,
    "life of an update, 10000x10 batched": 60,
}
# EIP-170 and EIP-3860.
CODE_LIMIT, INITCODE_LIMIT = 24_576, 49_152


def price(used, data):
    return max(used, floor_of(bytes(data)))


def cost(transaction):
    """What a transaction of Brownie's costs."""
    data = web3.eth.get_transaction(transaction.txid)["input"]
    return price(transaction.gas_used, data)


def full_digest(name):
    """A digest of no zero bytes, so that the same step costs the same in every round."""
    return bytes(byte or 1 for byte in digest_of(name))


def submit_round(federation, proved):
    """A round's updates, with proofs if they are not yet remembered; their costs in order."""
    task, number = federation.task, federation.number()
    costs = []
    for index, client in enumerate(federation.clients):
        digest = full_digest(f"round {number}, client {index}")
        arguments = (number, digest, [] if proved else federation.roster.proof(client))
        receipt = send(client, task.submitUpdate, *arguments)
        data = bytes.fromhex(task.submitUpdate.encode_input(*arguments)[2:])
        costs.append(price(receipt["gasUsed"], data))
    return costs


def life(create, members, measured_rounds):
    """All that a task of ten rounds with a jury of four ever costs, by update, and the parts.

    Once proofs are remembered a round costs what the one before did, so that rounds after the
    measured ones count as the last of them.
    """
    size = len(members)
    # A block takes a second, and here each has one transaction.
    terms = {"roundSeconds": 86_400, "minUpdates": 1, "maxUpdates": size, "rounds": ROUNDS}
    federation = create(members=members, **terms)
    creation = cost(federation.creation)
    submissions, reports = [], []
    for number in range(measured_rounds):
        submissions.append(submit_round(federation, proved=number > 0))
        reports.append(cost(federation.finalize()))
    # The last report opens no round, which is cheaper: that counts where it is measured.
    rest = ROUNDS - measured_rounds
    total = creation + sum(map(sum, submissions)) + sum(reports)
    total += rest * (sum(submissions[-1]) + reports[-1])
    return total / (size * ROUNDS), creation, submissions, reports


def batched_life(create, relayer, size):
    """All that a task of ten rounds ever costs, by update, where one batch a round has them all.

    It counts what {life} counts, and that the relayer is named at the creation. The parts too.
    """
    terms = {"minUpdates": 1, "maxUpdates": 100, "rounds": ROUNDS}
    federation = create(members=Crowd(size), relayers=[relayer], **terms)
    batches, reports = [], []
    for number in range(1, ROUNDS + 1):
        digest = full_digest(f"batch {number}")
        batches.append(cost(federation.task.submitBatch(number, size, digest, {"from": relayer})))
        federation.travel_to_deadline()
        reports.append(cost(federation.finalize()))
    total = cost(federation.creation) + sum(batches) + sum(reports)
    return total / (size * ROUNDS), batches, reports


def measure_batches(create, relayer):
    costs = {}
    for size in (100, 1000, 10_000):
        each, batches, reports = batched_life(create, relayer, size)
        # Every batch but the first ones stands on slots that were used before.
        assert max(batches) - min(batches) < 100
        costs[f"life of an update, {size}x10 batched"] = round(each, 2)
        costs[f"submitBatch, {size} updates"] = batches[5]
        costs[f"finalizeRound, {size} updates batched, 3 of 4"] = reports[5]
    return costs


def measure_ten(create, members):
    each, creation, submissions, reports = life(create, members[:10], ROUNDS)
    return {
        "life of an update, 10x10 alone": round(each, 2),
        "createTask, 4 jurors": creation,
        "submitUpdate, first of a client, roster of 10": submissions[0][1],
        "submitUpdate, steady": submissions[5][4],
        "submitUpdate, closes the round": submissions[5][9],
        "finalizeRound, 10 updates, 3 of 4": reports[5],
    }


def measure_disclosure(create, members):
    task = create(members=members[:3]).task
    return {
        "discloseSlice": cost(task.discloseSlice(1, full_digest("slice"), {"from": members[0]}))
    }


def measure_thousand(create, members):
    each, _, submissions, reports = life(create, members[:1000], 3)
    # That the rest is as the last: nothing creeps up from one round to the next.
    assert submissions[1] == submissions[2]
    assert abs(reports[1] - reports[2]) < 200
    return {
        "life of an update, 1000x10 alone": round(each, 2),
        "submitUpdate, first of a client, roster of 1000": submissions[0][1],
        "finalizeRound, 1000 updates, 3 of 4": reports[1],
    }


def measure_large_roster(factory, FederatedTask, coordinator, members):
    """A roster of 100,000 is a root, a size and a digest; a member's proof holds 17 hashes."""
    root, proof = rooted_at_depth(members[0], 17)
    jury = signing.addresses(signing.make_jurors(4))
    roster = (root, 100_000, full_digest("roster"))
    config = tuple({**CONFIG, "minUpdates": 1, "maxUpdates": 100_000}.values())
    made = factory.createTask(config, roster, jury, 3, [], 7, {"from": coordinator})
    task = FederatedTask.at(made.return_value)
    first = task.submitUpdate(1, full_digest("update"), proof, {"from": members[0]})
    return {
        "createTask, roster of 100000": cost(made),
        "submitUpdate, first of a client, roster of 100000": cost(first),
    }


def measure_last_round(create, members):
    federation = create(members=members[:10], minUpdates=1, maxUpdates=10, rounds=1)
    submit_round(federation, proved=False)
    return {"finalizeRound, 10 updates, 3 of 4, last": cost(federation.finalize())}


def measure_coordinator(create, members, accounts):
    federation = create(members=members[:3])
    task, owner = federation.task, federation.owner
    heirs, heir = signing.make_jurors(4, "heir"), accounts[20]
    others = Roster(members[1:4])
    costs = {
        "setRelayer, named": cost(federation.set_relayer(members[5])),
        "setRelayer, taken back": cost(federation.set_relayer(members[5], False)),
        "setJury, 4 new jurors": cost(federation.set_jury(heirs, 3)),
        "setJury, again": cost(federation.set_jury(heirs, 3)),
        "setRoster, first": cost(federation.set_roster(others)),
        "setRoster, again": cost(federation.set_roster(federation.roster)),
    }
    submit_round(federation, proved=False)
    consent = federation.report(next_jury=signing.jury_hash(heirs, 3))
    costs["finalizeRound, 3 updates, 3 of 4, jury and roster change"] = cost(
        federation.finalize(consent)
    )
    costs["transferOwnership"] = cost(task.transferOwnership(heir, owner))
    costs["acceptOwnership"] = cost(task.acceptOwnership({"from": heir}))
    federation.travel_to_voidable()
    costs["voidRound, empty"] = cost(federation.void(sender=heir))
    submit_round(federation, proved=False)
    federation.travel_to_voidable()
    costs["voidRound, full"] = cost(federation.void(sender=heir))
    submit_round(federation, proved=False)
    federation.travel_to_voidable(times=10)
    costs["voidRound, full, by anybody"] = cost(federation.void(sender=members[0]))
    return costs


def sizes(TaskFactory, FederatedTask):
    return {
        f"{contract._name} {kind}": len(contract._build[key].removeprefix("0x")) // 2
        for contract in (FederatedTask, TaskFactory)
        for kind, key in (("code", "deployedBytecode"), ("initcode", "bytecode"))
    }


@pytest.fixture(scope="module")
def measured(TaskFactory, FederatedTask, factory, create, accounts, coordinator):
    members = list(accounts[1:1001])
    # To the thousand: the code holds a hash of the sources, which any comment changes.
    deployment = round(TaskFactory.deploy({"from": coordinator}).tx.gas_used, -3)
    gas = {
        "deploy TaskFactory with the implementation, about": deployment,
        **measure_ten(create, members),
        **measure_thousand(create, members),
        **measure_batches(create, accounts[1]),
        **measure_large_roster(factory, FederatedTask, coordinator, members),
        **measure_last_round(create, members),
        **measure_disclosure(create, members),
        **measure_coordinator(create, members, accounts),
    }
    return {"bytes": sizes(TaskFactory, FederatedTask), "gas": gas}


def test_every_cost_is_the_one_in_the_snapshot(measured):
    if os.environ.get("FEDJURY_UPDATE_GAS"):
        SNAPSHOT.write_text(json.dumps(measured, indent=2, sort_keys=True) + "\n", "utf-8")

    snapshot = json.loads(SNAPSHOT.read_text("utf-8"))
    assert measured == snapshot, "if it is meant: python scripts/brownie_tests.py --update-gas"


@pytest.mark.parametrize("key", LIMITS)
def test_what_matters_costs_at_most(measured, key):
    assert measured["gas"][key] <= LIMITS[key]


def test_every_contract_can_be_deployed_on_mainnet(measured):
    for name, size in measured["bytes"].items():
        assert size <= (INITCODE_LIMIT if name.endswith("initcode") else CODE_LIMIT)


def test_every_state_changing_function_is_measured(measured, FederatedTask, TaskFactory):
    changing = {
        entry["name"]
        for entry in FederatedTask.abi + TaskFactory.abi
        if entry["type"] == "function" and entry["stateMutability"] == "nonpayable"
    }
    # Part of createTask; nobody else may call it.
    changing.remove("initialize")

    assert changing == {name.split(",")[0] for name in measured["gas"]} & changing
