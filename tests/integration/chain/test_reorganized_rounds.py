"""When a round opens, closes and ends on a chain that takes blocks back: by its blocks' own times.

Anvil gives all blocks that it puts in the place of others the time of the last one that stays. So
a round that such a block opens again has an earlier deadline than before, and its report may well
come before the deadline that it once had.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from fedjury.chain.contracts.events import ChainEvent, RoundFinalized, RoundOpened
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.transactions.call import ContractCall
from fedjury.devnet import devnet_accounts
from fedjury.errors import TransactionReverted
from fedjury.protocol.digest import Digest
from tests.support.contract_task import QUORUM, ContractTask, create_contract_task, report_on
from tests.support.services import Anvil

ROUND_SECONDS, LATER = 1000, 30
UPDATE, MODEL, NEXT_MODEL = (Digest(bytes([number]) * 32) for number in (0x11, 0x22, 0x33))


@dataclass
class Scene:
    """A task whose first round has an update and is still open.

    Attributes:
        task: the task.
        first_deadline: of its first round.
    """

    task: ContractTask
    first_deadline: int

    def deadline(self) -> int:
        """Of the round that is on, as the contract has it."""
        return self.task.task.current_round().deadline

    def mine_at(self, time: int) -> None:
        """Make an empty block of this time."""
        chain = self.task.chain
        chain.request("evm_setNextBlockTimestamp", time)
        chain.request("anvil_mine", "0x1")
        assert chain.block().timestamp == time

    def send_at(self, time: int, call: ContractCall) -> int:
        """Have a transaction mined in a block of this time; the block's number."""
        self.task.chain.request("evm_setNextBlockTimestamp", time)
        receipt = self.task.sender(self.task.coordinator).send(call)
        assert self.task.chain.block_at(receipt.block_number).timestamp == time
        return receipt.block_number

    def time_of(self, number: int) -> int:
        return self.task.chain.block_at(number).timestamp

    def opened(self, number: int) -> RoundOpened:
        """How a round opened."""
        (found,) = self._events(RoundOpened, number)
        assert isinstance(found, RoundOpened)
        return found

    def finalized_in(self, number: int) -> list[int]:
        """In which blocks a round was finalized."""
        return [each.block_number for each in self._events(RoundFinalized, number)]

    def _events(self, kind: type[ChainEvent], number: int) -> list[ChainEvent]:
        return self.task.task.read_events(0, self.task.chain.block().number, [kind], round=number)

    def raw(self, hash: str) -> str:
        """A mined transaction's bytes."""
        return str(self.task.chain.request("eth_getRawTransactionByHash", hash))

    def replace_newest(self) -> None:
        """Take the newest block back, and put its transactions into another one."""
        chain = self.task.chain
        block = chain.request("eth_getBlockByNumber", "latest", False)
        kept = [self.raw(each) for each in block["transactions"]]
        chain.request("anvil_reorg", 1, [[each, 0] for each in kept])
        assert chain.request("eth_getBlockByNumber", "latest", False)["hash"] != block["hash"]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with Anvil(tmp_path) as node:
        chain = Chain.connect(node.url, 1337)
        task = create_contract_task(chain, devnet_accounts(10), ROUND_SECONDS)
        task.submit(0, UPDATE)
        yield Scene(task, task.task.current_round().deadline)


def test_a_round_that_is_opened_again_ends_by_its_own_deadline_before_the_one_it_had(
    scene: Scene,
) -> None:
    closed = scene.first_deadline
    scene.mine_at(closed)
    scene.send_at(closed + LATER, scene.task.finalization(MODEL))
    before = scene.deadline()
    assert before == closed + LATER + ROUND_SECONDS
    scene.replace_newest()
    opened, deadline = scene.opened(2), scene.deadline()
    assert scene.time_of(opened.block_number) == closed
    assert opened.deadline == deadline == closed + ROUND_SECONDS == before - LATER
    scene.task.submit(0, UPDATE)
    block = scene.send_at(deadline, scene.task.finalization(NEXT_MODEL))
    assert scene.finalized_in(2) == [block]
    assert scene.time_of(block) == deadline < before
    assert scene.opened(3).deadline == deadline + ROUND_SECONDS


def test_a_report_that_comes_into_an_earlier_block_than_the_deadline_does_not_land(
    scene: Scene,
) -> None:
    block = scene.send_at(scene.first_deadline, scene.task.finalization(MODEL))
    assert scene.finalized_in(1) == [block]
    scene.replace_newest()
    assert scene.time_of(block) < scene.first_deadline
    assert scene.task.task.current_round().number == 1
    assert scene.finalized_in(1) == []


def test_the_same_jury_can_come_to_judge_the_same_round_under_another_version(
    scene: Scene,
) -> None:
    """What `tests/unit/oracle/exchange/test_same_jury_again.py` takes for granted."""
    task, contract = scene.task, scene.task.task
    scene.mine_at(scene.first_deadline)
    finalizing = task.sender(task.jurors[0]).send(task.finalization(MODEL))
    before, sitting = contract.current_round(), contract.jury()
    again = contract.set_jury([each.address for each in task.jurors], QUORUM)
    announcing = task.sender(task.coordinator).send(again)
    moved = [announcing, finalizing]
    kept = [
        [scene.raw("0x" + each.transaction_hash.hex()), place] for place, each in enumerate(moved)
    ]
    task.chain.request("anvil_reorg", 2, kept)
    after = contract.current_round()
    assert (before.jury_version, after.jury_version) == (1, 2)
    assert (after.number, after.updates_hash) == (before.number, before.updates_hash)
    assert replace(contract.jury(), version=1) == sitting
    task.submit(0, UPDATE)
    scene.mine_at(after.deadline)
    stale = report_on(replace(contract.current_round(), jury_version=1), MODEL, sitting.hash)
    with pytest.raises(TransactionReverted) as raised:
        task.sender(task.coordinator).send(contract.finalize_round(stale, b"\1", b""))
    assert (raised.value.error, raised.value.args_) == ("WrongJuryVersion", (1, 2))
