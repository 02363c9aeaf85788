"""What a coordinator does from the command line."""

import time
from pathlib import Path

import pytest

from fedjury.chain.connection import Chain
from fedjury.chain.federated_task import FederatedTask
from fedjury.deployment import load_deployment
from tests.integration.e2e.commands import Command
from tests.integration.e2e.test_outages import Keys


@pytest.fixture
def place(command: Command, ganache: str, tmp_path: Path) -> tuple[Keys, list[object]]:
    """Keys, and the option that names a task with rounds of a second."""
    keys = Keys(tmp_path)
    store = f"dir:{tmp_path / 'store'}"
    timing = ["--round-seconds", 1, "--grace-seconds", 0]
    assert command(*keys.deploy(tmp_path, ganache, store, *timing)).code == 0
    return keys, ["--deployment", tmp_path / "deployment.json"]


def contract(place: tuple[Keys, list[object]]) -> FederatedTask:
    known = load_deployment(Path(str(place[1][1])))
    return FederatedTask.at(Chain.connect(known.rpc), known.task)


def test_members_and_pauses(command: Command, place: tuple[Keys, list[object]]) -> None:
    keys, deployment = place
    mine = [*keys.options(0), *deployment]
    client, newcomer = keys.accounts[2].address, "0x" + "ab" * 20
    assert command("coordinator", "pause", *mine).code == 0
    assert contract(place).paused()
    assert command("coordinator", "unpause", *mine).code == 0
    assert not contract(place).paused()
    assert command("coordinator", "remove", client, *mine).code == 0
    assert not contract(place).client_of(client).active
    assert command("coordinator", "register", newcomer, *mine).code == 0
    assert contract(place).client_of(newcomer).active
    assert command("coordinator", "set-jury", client, newcomer, *mine).code == 0
    assert contract(place).jury_of(2) == (2, 2)


def test_an_overdue_round_is_voided(command: Command, place: tuple[Keys, list[object]]) -> None:
    keys, deployment = place
    task = contract(place)
    while time.time() < task.current_round().deadline + 1:
        time.sleep(0.2)
    task.chain.request("evm_mine")  # this Ganache makes no block by itself
    assert command("coordinator", "void", 1, *keys.options(0), *deployment).code == 0
    assert task.current_round().number == 2


def test_what_is_refused(command: Command, place: tuple[Keys, list[object]]) -> None:
    keys, deployment = place
    other = command("coordinator", "pause", *keys.options(1), *deployment)
    assert (other.code, "is not the task's coordinator" in other.err) == (10, True)
    twice = command("coordinator", "unpause", *keys.options(0), *deployment)
    assert (twice.code, "ExpectedPause" in twice.err) == (23, True)
    nobody = command("coordinator", "register", "0x12", *keys.options(0), *deployment)
    assert (nobody.code, "is not an address" in nobody.err) == (10, True)
