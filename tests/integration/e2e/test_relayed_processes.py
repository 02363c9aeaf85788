"""Clients without ether and a relay, each a process of its own, some of them killed on the way."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from fedjury.chain.rpc.connection import Chain
from tests.support.commands import succeed
from tests.support.keys import CLIENTS, Keys
from tests.support.processes import Daemon

BATCH_SECONDS = 5000
TIMES = ("--round-seconds", 6000, "--batch-seconds", BATCH_SECONDS)


class Task:
    """A deployed task with one relayer, whose two clients have no ether.

    Args:
        directory: for all files.
        rpc: URL of the chain.
    """

    def __init__(self, directory: Path, rpc: str) -> None:
        self.directory, self.keys, self.chain = directory, Keys(directory), Chain.connect(rpc)
        self.relayer, self.clients = self.keys.accounts[1], self.keys.accounts[2:]
        store = f"dir:{directory / 'store'}"
        succeed(*self.keys.deploy(directory, rpc, store, *TIMES, "--relayer", self.relayer.address))
        self.deployment = ["--deployment", directory / "deployment.json"]

    def client(self, index: int, url: str, kill_at: tuple[str, int] | None = None) -> Daemon:
        """Start a client that hands its updates to the relay at this URL."""
        shard = ["--shard", f"{index + 1}/{CLIENTS}", "--data", "digits", "--relay", url]
        return Daemon(
            *("client", *self.keys.options(2 + index), *self.deployment, "--poll", 0.1, *shard),
            log=self.directory / f"client-{index}.log",
            kill_at=kill_at,
        )

    def relay(self) -> Daemon:
        """Start the relay, which posts as soon as both clients have handed in."""
        serving = ["--listen", "127.0.0.1:0", "--every", CLIENTS, "--poll", 0.1]
        return Daemon(
            *("relay", *self.keys.options(1), *self.deployment, *serving),
            log=self.directory / "relay.log",
        )

    def pass_time(self, seconds: int) -> None:
        """Let so much time pass on the chain."""
        self.chain.request("evm_increaseTime", seconds)
        self.chain.request("evm_mine")


@pytest.fixture
def task(own_anvil: str, tmp_path: Path) -> Iterator[Task]:
    made = Task(tmp_path, own_anvil)
    had = {
        client.address: made.chain.request("eth_getBalance", client.address, "latest")
        for client in made.clients
    }
    for address in had:
        made.chain.request("anvil_setBalance", address, "0x0")
    yield made
    for address, balance in had.items():  # the chain is shared
        made.chain.request("anvil_setBalance", address, balance)


def test_clients_without_ether_get_in_though_one_is_killed(task: Task) -> None:
    def sent() -> list[object]:
        return [
            task.chain.request("eth_getTransactionCount", client.address, "latest")
            for client in task.clients
        ]

    before = sent()
    with ExitStack() as stack:
        relay = stack.enter_context(task.relay())
        url = str(relay.until("listening")["url"])
        killed = stack.enter_context(task.client(0, url, kill_at=("handed-to-relay", 1)))
        killed.was_killed()
        daemons = [stack.enter_context(task.client(index, url)) for index in range(CLIENTS)]
        found = [daemon.until("found-in-batch", round=1) for daemon in daemons]
        assert sorted(each["index"] for each in found) == [0, 1]
        for daemon in daemons:
            daemon.until("update-published", round=1)
            assert not daemon.told("update-submitted")
        assert not daemons[0].told("trained")  # its first process did
    row = succeed("events", *task.deployment, "--json").document
    assert (row["count"], row["relayer"], row["verdict"]) == (2, task.relayer.address, "pending")
    assert sent() == before


def test_a_client_without_ether_and_without_a_relay_says_so_and_goes_on(task: Task) -> None:
    with task.client(0, "http://127.0.0.1:9") as daemon:
        daemon.until("relay-failing", round=1)
        task.pass_time(BATCH_SECONDS)
        assert "has 0 ether" in daemon.until("cannot-submit-alone", round=1)["reason"]
        until = succeed("status", *task.deployment, "--json").document["voidable_from"]
        task.pass_time(until - task.chain.block().timestamp)
        succeed("coordinator", "void", 1, *task.keys.options(0), *task.deployment)
        daemon.until("round-voided", round=1)
        daemon.until("relay-failing", round=2)
