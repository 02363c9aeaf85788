"""Between being mined and being confirmed nothing is done twice, on Anvil."""

from dataclasses import replace
from pathlib import Path

import pytest

from fedjury.chain.rpc.block import BlockTag
from fedjury.chain.rpc.connection import Chain
from fedjury.clients.events import Trained, UpdatePublished, VerdictReceived
from fedjury.devnet import devnet_accounts
from fedjury.oracle.events import Judging
from fedjury.runtime.loop import Step
from tests.support.counting import CountingStore, counted
from tests.support.federation import Federation, create_federation
from tests.support.recorder import Recorder

DEEP: dict[int | str, int] = {3: 3, "finalized": 64}
CLIENTS = 2


class Bench:
    """A federation that reads the chain with confirmations, and what it asks for."""

    def __init__(self, directory: Path, url: str, confirmations: int | BlockTag) -> None:
        self.confirmations, self.depth = confirmations, DEEP[confirmations]
        chain, self.node = counted(Chain.connect(url))
        made = create_federation(directory, chain, devnet_accounts(10), clients=CLIENTS)
        self.store = CountingStore(directory / "store")
        self.federation: Federation = replace(made, task=replace(made.task, store=self.store))
        self.told = [Recorder() for _ in range(CLIENTS + 1)]
        self.start()
        self.mine(self.depth)
        self.node.asked.clear()

    def start(self) -> None:
        """The programs of all members, as after a restart."""
        *clients, juror = self.told
        make, depth = self.federation.client, self.confirmations
        self.clients = [
            make(index, told, confirmations=depth) for index, told in enumerate(clients)
        ]
        self.juror = self.federation.juror(juror, confirmations=depth)

    def mine(self, blocks: int) -> None:
        self.federation.chain.request("anvil_mine", hex(blocks))

    def turn(self) -> list[Step]:
        """Everyone looks at the chain."""
        return [client.cycle() for client in self.clients] + [self.juror.cycle()]

    def wait(self, restart: bool = False) -> None:
        """Until what was done last is confirmed, everyone looks again and again."""
        looks = min(self.depth - 1, 7)
        for look in range(looks):
            assert self.turn() == [Step.WAITING] * 3
            if restart and look == 0:
                self.start()
            self.mine((self.depth - 1) // looks)
        assert self.turn() == [Step.WAITING] * 3
        self.mine(1)


@pytest.fixture(params=[3, "finalized"])
def bench(request: pytest.FixtureRequest, tmp_path: Path, own_anvil: str) -> Bench:
    return Bench(tmp_path, own_anvil, request.param)


@pytest.mark.parametrize("restart", [False, True])
def test_a_round_is_trained_uploaded_simulated_and_judged_once(bench: Bench, restart: bool) -> None:
    assert bench.turn() == [Step.PROGRESS, Step.PROGRESS, Step.WAITING]
    bench.wait(restart)
    assert bench.turn() == [Step.WAITING, Step.WAITING, Step.PROGRESS]
    bench.wait()
    bench.turn()
    *clients, juror = bench.told
    for told in clients:
        assert [len(told.of(kind, 1)) for kind in (Trained, UpdatePublished)] == [1, 1]
        assert [event.code for event in told.of(VerdictReceived, 1)] == ["accepted"]
    assert len(juror.of(Judging, 1)) == 1
    # round 2 began in the last turn
    assert bench.node.simulations("submitUpdate") == 2 * CLIENTS
    assert bench.node.simulations("finalizeRound") == 1
    assert bench.node.methods.count("eth_estimateGas") == 2 * CLIENTS + 1
    assert len(bench.store.added) == CLIENTS + 2  # a model and a record


def test_a_waiting_cycle_reads_a_block_and_makes_one_call(tmp_path: Path, own_anvil: str) -> None:
    bench = Bench(tmp_path, own_anvil, 3)
    bench.confirmations = 0
    bench.start()
    bench.clients[0].cycle()
    bench.clients[0].cycle()
    for member in (bench.clients[0], bench.juror):
        bench.node.asked.clear()
        assert member.cycle() is Step.WAITING
        assert bench.node.methods == ["eth_getBlockByNumber", "eth_call"]


def test_what_a_reorganization_undoes_is_sent_again(tmp_path: Path, own_anvil: str) -> None:
    bench = Bench(tmp_path, own_anvil, 3)
    chain = bench.federation.chain
    before = chain.request("evm_snapshot")
    assert bench.clients[0].cycle() is Step.PROGRESS
    assert bench.clients[0].cycle() is Step.WAITING
    chain.request("evm_revert", before)
    bench.mine(1)
    assert bench.clients[0].cycle() is Step.PROGRESS
    assert [event.index for event in bench.federation.updates(1)] == [0]
    assert len(bench.told[0].of(Trained)) == 1
    bench.mine(3)
    bench.clients[0].cycle()
    assert len(bench.told[0].of(UpdatePublished)) == 1
