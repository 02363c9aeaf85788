"""A federation behind proxies that refuse, limit, delay and lose, on a chain that reorganizes."""

import random
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from experiments.chaos.accomplices.rpc_faults import RPC, limited_logs
from experiments.chaos.accomplices.store_faults import IPFS
from fedjury.devnet.rpc import call
from fedjury.errors import ExitCode
from tests.support.commands import command, succeed
from tests.support.devnet_task import DevnetTask, check_round
from tests.support.faulty_proxy import faulty_proxy
from tests.support.processes import Finished

SEED = 20
ROUNDS = 20
CLIENTS = 10
CONFIRMATIONS = 2
DEEPEST = 12
RPC_SHARE, IPFS_SHARE = 0.05, 0.15  # of the requests; a round has some 800 and 45
BLOCK_SECONDS = 0.5
MOST_BLOCKS = 50
MOST_LOGS = 12  # more than one block holds here: beyond that nobody could read them
TRIES = 20
_NOT_NOW = (ExitCode.CHAIN_UNAVAILABLE, ExitCode.STORE_UNAVAILABLE)


@pytest.fixture
def task(tmp_path: Path) -> Iterator[DevnetTask]:
    """A task of ten clients, three of whom poison, on Anvil and IPFS."""
    made = DevnetTask(
        tmp_path,
        succeed,
        clients=CLIENTS,
        poisoners=3,
        rounds=ROUNDS,
        options=("--poll", BLOCK_SECONDS, "--confirmations", CONFIRMATIONS),
    )
    try:
        made.up("anvil", "--block-time", BLOCK_SECONDS)
        yield made
    finally:
        command("devnet", "down", *made.devnet_directory)


def test_twenty_rounds_behind_faulty_services_are_all_judged_right(task: DevnetTask) -> None:
    chain, store = task.devnet["chain"]["url"], task.devnet["ipfs"]["url"]
    limits = limited_logs(MOST_BLOCKS, MOST_LOGS)
    with (
        faulty_proxy(chain, RPC, RPC_SHARE, SEED, always=limits) as rpc,
        faulty_proxy(store, IPFS, IPFS_SHARE, SEED) as ipfs,
    ):
        task.reach(rpc.url, ipfs.url)
        with _reorganizations(task) as undone:
            _run_to_the_end(task)
        assert min(rpc.seen[fault] for fault in RPC) > 0
        assert min(ipfs.seen[fault] for fault in IPFS) > 0
        assert len(undone) > ROUNDS // 2
        for report in task.finalized():
            check_round(task, report)
        for full in ([], ["--verification", task.slices]):
            document = _audit(task, *full).document
            assert document["passed"] is True
            assert document["full"] is bool(full)


def _run_to_the_end(task: DevnetTask) -> None:
    with ExitStack() as stack:
        daemons = [stack.enter_context(task.oracle())]
        daemons += [stack.enter_context(task.client(index)) for index in range(CLIENTS)]
        for number in range(1, ROUNDS + 1):
            daemons[0].until("round-finalized", round=number)
        for daemon in daemons:
            daemon.until("task-finished")
            daemon.finish()


@contextmanager
def _reorganizations(task: DevnetTask) -> Iterator[list[int]]:
    """Undo blocks now and then, with the transactions in them; yields how many, each time."""
    draw, over = random.Random(SEED), threading.Event()
    depths: list[int] = []

    def undo() -> None:
        while not over.wait(draw.uniform(2, 8)):
            # what is deeper than the confirmations may undo what a daemon that has ended relied on
            last = task.on_chain().contract.current_round().number == task.rounds
            depth = draw.randint(1, draw.choice((CONFIRMATIONS, DEEPEST)))
            depths.append(min(depth, CONFIRMATIONS) if last else depth)
            call(task.devnet["chain"]["url"], "anvil_reorg", depths[-1], [])

    thread = threading.Thread(target=undo)
    thread.start()
    try:
        yield depths
    finally:
        over.set()
        thread.join()


def _audit(task: DevnetTask, *options: object) -> Finished:
    """The audit, asked again as long as it says that it cannot judge now."""
    for _ in range(TRIES):
        done = command("audit", *task.deployment, "--patience", 300, "--json", *options)
        if done.code not in _NOT_NOW:
            break
    return done.checked()
