"""What everything costs, to the unit: a change shows in the diff and fails until it is meant.

`python scripts/brownie_tests.py --update-gas` writes gas_snapshot.json anew.
"""

import json
import os
from pathlib import Path

import pytest
import signing

SNAPSHOT = Path(__file__).with_name("gas_snapshot.json")
MEMBERS, ROUNDS = 10, 10
LIFETIME_LIMIT = 55_000
# EIP-170 and EIP-3860.
CODE_LIMIT, INITCODE_LIMIT = 24_576, 49_152


def submit_all(federation):
    """A round's updates with fixed digests; their gas in order."""
    number = federation.number()
    names = [f"round {number}, client {index}" for index in range(len(federation.clients))]
    pairs = zip(federation.clients, names, strict=True)
    return [federation.submit(client, name).gas_used for client, name in pairs]


def sizes(TaskFactory, FederatedTask):
    return {
        f"{contract._name} {kind}": len(contract._build[key].removeprefix("0x")) // 2
        for contract in (FederatedTask, TaskFactory)
        for kind, key in (("code", "deployedBytecode"), ("initcode", "bytecode"))
    }


def measure_lifetime(create, members):
    """Ten clients, ten rounds, one juror: all that a task ever costs, by update."""
    federation = create(
        members=members, jurors=1, quorum=1, minUpdates=1, maxUpdates=MEMBERS, rounds=0
    )
    creation = federation.creation.gas_used
    submissions, reports = [], []
    for _ in range(ROUNDS):
        submissions.append(submit_all(federation))
        reports.append(federation.finalize().gas_used)
    total = creation + sum(map(sum, submissions)) + sum(reports)
    return {
        "createTask, 10 clients, 1 juror": creation,
        "submitUpdate, first of the task": submissions[0][0],
        "submitUpdate, first of a client": submissions[0][1],
        "submitUpdate, steady": submissions[5][4],
        "submitUpdate, fills the round": submissions[5][9],
        "finalizeRound, 10 updates, 1 of 1": reports[5],
        "per update, 10 clients, 10 rounds": total / (MEMBERS * ROUNDS),
    }


def measure_jury_of_five(create, members):
    federation = create(
        members=members, jurors=5, quorum=3, minUpdates=1, maxUpdates=MEMBERS, rounds=3
    )
    costs = {"createTask, 10 clients, 5 jurors": federation.creation.gas_used}
    submit_all(federation)
    federation.finalize()
    submit_all(federation)
    costs["finalizeRound, 10 updates, 3 of 5"] = federation.finalize().gas_used
    submit_all(federation)
    costs["finalizeRound, 10 updates, 3 of 5, last"] = federation.finalize().gas_used
    return costs


def measure_coordinator(create, members, accounts):
    federation = create(members=members)
    task, owner = federation.task, {"from": federation.coordinator}
    heir = accounts[20]
    jury = [juror.address for juror in signing.make_jurors(3)]
    steps = {
        "registerClients, 1 new": lambda: task.registerClients([accounts[30]], owner),
        "registerClients, 10 new": lambda: task.registerClients(accounts[31:41], owner),
        "removeClients, 1": lambda: task.removeClients([accounts[30]], owner),
        "registerClients, 1 back": lambda: task.registerClients([accounts[30]], owner),
        "setJury, 3 jurors": lambda: task.setJury(jury, 2, owner),
        "pause": lambda: task.pause(owner),
        "unpause": lambda: task.unpause(owner),
        "transferOwnership": lambda: task.transferOwnership(heir, owner),
        "acceptOwnership": lambda: task.acceptOwnership({"from": heir}),
    }
    costs = {name: step().gas_used for name, step in steps.items()}
    federation.travel_to_voidable()
    costs["voidRound, empty, jury changes"] = federation.void(sender=heir).gas_used
    federation.travel_to_voidable()
    costs["voidRound, empty"] = federation.void(sender=heir).gas_used
    submit_all(federation)
    federation.travel_to_voidable()
    costs["voidRound, full"] = federation.void(sender=heir).gas_used
    return costs


@pytest.fixture(scope="module")
def measured(TaskFactory, FederatedTask, create, accounts, coordinator):
    members = list(accounts[1 : MEMBERS + 1])
    # To the thousand: the code holds a hash of the sources, which any comment changes.
    deployment = round(TaskFactory.deploy({"from": coordinator}).tx.gas_used, -3)
    gas = {
        "deploy TaskFactory with the implementation, about": deployment,
        **measure_lifetime(create, members),
        **measure_jury_of_five(create, members),
        **measure_coordinator(create, members[:3], accounts),
    }
    return {"bytes": sizes(TaskFactory, FederatedTask), "gas": gas}


def test_every_cost_is_the_one_in_the_snapshot(measured):
    if os.environ.get("FEDJURY_UPDATE_GAS"):
        SNAPSHOT.write_text(json.dumps(measured, indent=2, sort_keys=True) + "\n", "utf-8")

    snapshot = json.loads(SNAPSHOT.read_text("utf-8"))
    assert measured == snapshot, "if it is meant: python scripts/brownie_tests.py --update-gas"


def test_an_update_costs_at_most_55_000_gas_over_its_life(measured):
    assert measured["gas"]["per update, 10 clients, 10 rounds"] <= LIFETIME_LIMIT


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
