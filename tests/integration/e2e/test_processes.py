"""A devnet, a juror and ten clients, each a process of its own, some of them killed on the way."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from fedjury.chain.contracts.events import RoundFinalized
from fedjury.protocol.verdicts import unpack
from tests.support.commands import command, succeed
from tests.support.devnet_task import DevnetTask, check_all
from tests.support.processes import Daemon


@pytest.fixture
def task(tmp_path: Path) -> Iterator[DevnetTask]:
    """A task of ten clients, three of whom poison, on Ganache."""
    made = DevnetTask(tmp_path, succeed, clients=10, poisoners=3, rounds=3)
    try:
        made.up("ganache")
        yield made
    finally:
        command("devnet", "down", *made.devnet_directory)


def test_a_federation_of_processes(task: DevnetTask) -> None:
    with ExitStack() as stack:
        oracle = stack.enter_context(task.oracle(kill_at=("judging", 1)))
        kills = {0: ("trained", 1), 1: ("update-submitted", 2)}
        clients = [
            stack.enter_context(task.client(index, kill_at=kills.get(index)))
            for index in range(task.clients)
        ]
        killed_after(clients[0], "trained")
        clients[0] = stack.enter_context(task.client(0))
        killed_after(oracle, "judging")
        oracle = stack.enter_context(task.oracle(kill_at=("round-judged", 2)))
        killed_after(clients[1], "update-submitted")
        clients[1] = stack.enter_context(task.client(1))
        killed_after(oracle, "round-judged")
        oracle = stack.enter_context(task.oracle())
        for daemon in (oracle, *clients):
            daemon.until("task-finished")
            daemon.finish()
    check_clients_heard(task, clients, check_all(task))
    succeed("devnet", "down", *task.devnet_directory)
    assert command("devnet", "status", *task.devnet_directory).code == 50


def killed_after(daemon: Daemon, event: str) -> None:
    """Wait until one has been killed right after it told of this."""
    daemon.was_killed()
    assert daemon.told(event)


def check_clients_heard(
    task: DevnetTask, clients: list[Daemon], reports: list[RoundFinalized]
) -> None:
    """Each client was told its own verdicts."""
    for report in reports:
        submitted = task.updates(report.round)
        for update, verdict in zip(submitted, unpack(report.verdicts), strict=True):
            index = task.addresses.index(update.client)
            told = clients[index].told("verdict-received", round=report.round)
            heard = [each["code"] for each in told]
            assert not any("correct" in each for each in told)
            if index == 1:  # who was killed may have said it before
                assert heard in ([], [verdict.label])
            else:
                assert heard == [verdict.label]
