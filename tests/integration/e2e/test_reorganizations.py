"""A federation on a chain that takes back 1 to 12 blocks at a time, over and over."""

import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fedjury.chain.rpc.connection import Chain
from fedjury.devnet import devnet_accounts
from fedjury.oracle.audit import Auditor
from fedjury.oracle.slices import Slices
from fedjury.runtime.events import Event, Listener, TransientFailure
from fedjury.runtime.loop import Step, run_cycles
from tests.support.federation import Federation, create_federation
from tests.support.services import Anvil
from tests.support.waiting import until

CLIENTS = 3
BLOCK_SECONDS = 0.25
POLL_SECONDS = 0.1
# A federation that stands still for one transaction's whole 600 s fails.
SECONDS_TO_RECOVER = 40.0


class Running:
    """Everyone who takes part, each in a thread, until told to stop."""

    def __init__(self, federation: Federation, confirmations: int) -> None:
        self.federation = federation
        self.crashes: list[BaseException] = []
        self.events: list[Event] = []
        self._stop = threading.Event()
        tell: Listener = self.events.append
        juror = federation.juror(tell, confirmations=confirmations)
        clients = [
            federation.client(index, tell, confirmations=confirmations) for index in range(CLIENTS)
        ]
        cycles = [juror.cycle, *(client.cycle for client in clients)]
        self._threads = [
            threading.Thread(target=self._run, args=(cycle, tell), daemon=True) for cycle in cycles
        ]

    def _run(self, cycle: Callable[[], Step], tell: Listener) -> None:
        try:
            run_cycles(cycle, self._stop, POLL_SECONDS, tell)
        except BaseException as error:
            self.crashes.append(error)

    def __enter__(self) -> "Running":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(SECONDS_TO_RECOVER)
        assert not any(thread.is_alive() for thread in self._threads)

    @property
    def round(self) -> int:
        """Number of the current round."""
        return self.federation.task.contract.current_round().number

    def wait_for_round(self, number: int) -> None:
        """Until a round has begun; nobody may crash on the way."""
        until(lambda: self.crashes or self.round >= number, SECONDS_TO_RECOVER)
        assert not self.crashes, self.crashes


def raw_transaction(chain: Chain, hash: str) -> object:
    """A mined transaction's bytes."""
    return chain.request("eth_getRawTransactionByHash", hash)


def reorganize(chain: Chain, depth: int, chance: random.Random) -> None:
    """Replace so many blocks, with all, some or none of their transactions."""
    height = chain.block().number
    kept: list[list[object]] = []
    for offset in range(depth):
        number = height - depth + 1 + offset
        block = chain.request("eth_getBlockByNumber", hex(number), False)
        kept += [[raw_transaction(chain, each), offset] for each in block["transactions"]]
    chosen = kept[: chance.choice([0, 0, len(kept) // 2, len(kept)])]
    chain.request("anvil_reorg", depth, chosen)


@pytest.mark.parametrize("confirmations", [0, 2])
def test_all_rounds_end_whatever_is_taken_back(tmp_path: Path, confirmations: int) -> None:
    chance = random.Random(confirmations)
    depths = list(range(1, 13))
    chance.shuffle(depths)
    with Anvil(tmp_path / "anvil", block_time=BLOCK_SECONDS) as node:
        chain = Chain.connect(node.url)
        federation = create_federation(tmp_path, chain, devnet_accounts(2 + CLIENTS), rounds=0)
        created = chain.block().number
        # nothing may take back the task itself
        until(lambda: chain.block().number > created + max(depths))
        with Running(federation, confirmations) as running:
            for depth in depths:
                if chance.random() < 0.5:  # across a finalization
                    running.wait_for_round(running.round + 1)
                time.sleep(chance.uniform(0, 8 * BLOCK_SECONDS))
                reorganize(chain, depth, chance)
            running.wait_for_round(running.round + 2)
        last = running.round - 1
        slices = Slices.of(federation.task.spec, [federation.verification])
        result = Auditor(federation.task, slices).run(chain.block())
    assert result.passed, result.sentence
    finished = [audit for audit in result.rounds if audit.state == "finalized"]
    assert len(finished) >= last
    assert all(audit.updates == CLIENTS for audit in finished)
    waited = [event for event in running.events if isinstance(event, TransientFailure)]
    assert not [event for event in waited if event.error == "NotMined"]
