"""A whole federation on Anvil, from `fedjury devnet up` to `fedjury devnet down`, by processes."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.devnet_task import DevnetTask, check_all
from tests.support.processes import fedjury, succeed


@pytest.fixture
def task(tmp_path: Path) -> Iterator[DevnetTask]:
    """A task of three clients, one of whom poisons."""
    made = DevnetTask(tmp_path, succeed, clients=3, poisoners=1, rounds=2)
    try:
        made.up("anvil")
        yield made
    finally:
        fedjury("devnet", "down", *made.devnet_directory)


def test_a_federation_by_the_command_line(task: DevnetTask) -> None:
    assert task.devnet["chain"]["kind"] == "anvil"
    with ExitStack() as stack:
        daemons = [task.oracle(), *(task.client(index) for index in range(task.clients))]
        for daemon in daemons:
            stack.enter_context(daemon)
        for daemon in daemons:
            daemon.until("task-finished")
            daemon.finish()
    for report in check_all(task):
        for daemon in daemons[1:]:
            assert len(daemon.told("verdict-received", round=report.round)) == 1
    succeed("devnet", "down", *task.devnet_directory)
    assert fedjury("devnet", "status", *task.devnet_directory).code == 50
