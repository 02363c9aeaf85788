"""What a coordinator does from the command line."""

import re
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from fedjury.chain.abi.refusals import local_time
from fedjury.chain.contracts.federated_task import FederatedTask
from fedjury.chain.rpc.connection import Chain
from fedjury.task.deployment_file import load_deployment
from tests.support.commands import command, succeed
from tests.support.keys import Keys
from tests.support.waiting import until


@dataclass(frozen=True)
class Deployed:
    """A deployed task.

    Attributes:
        keys: of its members.
        file: the deployment file.
    """

    keys: Keys
    file: Path

    def options(self, account: int = 0) -> list[object]:
        """The options that name the task and an account; 0 is the coordinator."""
        return [*self.keys.options(account), "--deployment", self.file]

    def contract(self) -> FederatedTask:
        """The task's contract, by a connection of the test's own."""
        known = load_deployment(self.file)
        return FederatedTask.at(Chain.connect(known.rpc), known.task)


@pytest.fixture
def deployed(ganache: str, tmp_path: Path) -> Deployed:
    """A task with rounds of a second."""
    keys = Keys(tmp_path)
    timing = ["--round-seconds", 1, "--grace-seconds", 1, "--fetch-timeout", 1]
    succeed(*keys.deploy(tmp_path, ganache, f"dir:{tmp_path / 'store'}", *timing))
    return Deployed(keys, tmp_path / "deployment.json")


def test_members_and_pauses(deployed: Deployed) -> None:
    mine, contract = deployed.options(), deployed.contract()
    client, newcomer = deployed.keys.accounts[2].address, "0x" + "ab" * 20
    succeed("coordinator", "pause", *mine)
    assert contract.paused()
    succeed("coordinator", "unpause", *mine)
    assert not contract.paused()
    succeed("coordinator", "remove", client, *mine)
    assert not contract.client_of(client).active
    succeed("coordinator", "register", newcomer, *mine)
    assert contract.client_of(newcomer).active
    succeed("coordinator", "set-jury", client, newcomer, *mine)
    assert contract.jury_of(2) == (2, 2)


def test_an_overdue_round_is_voided(deployed: Deployed) -> None:
    contract = deployed.contract()
    overdue = contract.current_round().deadline + 2
    until(lambda: time.time() >= overdue)
    contract.chain.request("evm_mine")  # this Ganache makes no block by itself
    succeed("coordinator", "void", 1, *deployed.options())
    assert contract.current_round().number == 2


def test_what_is_refused(deployed: Deployed) -> None:
    other = command("coordinator", "pause", *deployed.options(1))
    assert (other.code, "is not the task's coordinator" in other.err) == (10, True)
    twice = command("coordinator", "unpause", *deployed.options())
    assert (twice.code, twice.err) == (23, "error: the task is not paused\n")
    nobody = command("coordinator", "register", "0x12", *deployed.options())
    assert (nobody.code, "is not an address" in nobody.err) == (10, True)


def test_a_refusal_is_a_sentence_for_people_and_a_name_for_machines(
    ganache: str, tmp_path: Path
) -> None:
    keys, grace = Keys(tmp_path), 86_400
    store = f"dir:{tmp_path / 'store'}"
    succeed(*keys.deploy(tmp_path, ganache, store, "--grace-seconds", grace))
    deployed = Deployed(keys, tmp_path / "deployment.json")
    known = deployed.contract().current_round().deadline + grace
    words = f"round 1 may be voided only from {local_time(known)} on"
    early = command("coordinator", "void", 1, *deployed.options())
    assert (early.code, early.out, early.err) == (23, "", f"error: {words}\n")
    told = command("coordinator", "void", 1, *deployed.options(), "--json")
    assert told.document == {
        "event": "error",
        "error": "TransactionReverted",
        "message": words,
        "refusal": "TooEarlyToVoid",
        "arguments": [1, known],
        "exit_code": 23,
    }
    client = keys.accounts[2].address
    again = command("coordinator", "register", client, *deployed.options())
    assert again.err == f"error: {client} is a client of this task already\n"


def test_a_deployment_file_that_cannot_be_written_loses_no_task(
    ganache: str, tmp_path: Path
) -> None:
    """The first has no directory to lie in; the content store takes the second one's place."""
    keys, file = Keys(tmp_path), tmp_path / "deployment.json"
    file.touch()
    nowhere = command(*keys.deploy(file, ganache, f"dir:{tmp_path / 'store'}"))
    assert (nowhere.code, nowhere.out) == (10, "")
    assert nowhere.err.startswith(f"error: {file}")
    assert nowhere.err.endswith(": File exists\n")
    assert not (tmp_path / "store").exists()
    file.unlink()
    late = command(*keys.deploy(tmp_path, ganache, f"dir:{file}"), "--json")
    assert late.code == late.document["exit_code"] == 10
    found = re.search("the task (0x\\w{40}) of factory 0x", late.document["message"])
    assert found is not None
    assert FederatedTask.at(Chain.connect(ganache), found[1]).owner() == keys.accounts[0].address
