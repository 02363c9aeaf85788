"""Transactions that Ganache does not mine, and a Ganache that goes away."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fedjury.chain.broadcast import broadcast, sign
from fedjury.chain.connection import Chain
from fedjury.chain.contract import ContractCall
from fedjury.chain.delivery import transaction_count
from fedjury.chain.failures import InsufficientFunds, NotMined
from fedjury.chain.fees import GWEI, Fees
from fedjury.chain.receipts import Receipt, find_receipt
from fedjury.chain.task_factory import TaskFactory
from fedjury.devnet import devnet_accounts
from fedjury.errors import ChainUnavailable, PassingError, TransactionReverted
from tests.integration.chain.story import PATIENCE_S, Story, begin, until
from tests.services import Ganache

DIGEST = b"\x11" * 32


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Ganache]:
    """A Ganache of its own, that keeps its chain when it is killed."""
    with Ganache(tmp_path, accounts=10, keep_chain=True) as service:
        yield service


@pytest.fixture
def fresh(node: Ganache) -> Story:
    """A task whose clients have sent nothing yet."""
    return begin(Chain.connect(node.url), devnet_accounts(10))


@pytest.fixture
def story(fresh: Story) -> Story:
    """A task whose first client is past nonce 0, which Ganache does not replace."""
    client = fresh.clients[0]
    fresh.sender(client).send(ContractCall("nothing", client.address, b""))
    return fresh


class Background:
    """Runs a send while the test does something to the node."""

    def __init__(self, send: Callable[[], Receipt]) -> None:
        self._outcome: list[Receipt | Exception] = []
        self._thread = threading.Thread(target=self._run, args=(send,), daemon=True)
        self._thread.start()

    def _run(self, send: Callable[[], Receipt]) -> None:
        try:
            self._outcome.append(send())
        except Exception as error:
            self._outcome.append(error)

    def result(self) -> Receipt:
        """Wait for it; raises what it raised."""
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()
        (outcome,) = self._outcome
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def pool(chain: Chain) -> list[tuple[int, int]]:
    """Nonce and fee cap of every pending transaction."""
    content = chain.request("txpool_content")["pending"]
    return [
        (int(pending["nonce"], 16), int(pending["maxFeePerGas"], 16))
        for by_nonce in content.values()
        for pending in by_nonce.values()
    ]


def submitted(story: Story) -> int:
    # read from the state: after miner_start Ganache shows a replaced transaction's receipt, but
    # neither the block nor eth_getLogs has it
    return story.task.current_round().submitted


def test_a_stuck_transaction_is_replaced_at_its_nonce(story: Story) -> None:
    chain, client = story.chain, story.clients[0]
    chain.request("miner_stop")
    sender = story.sender(client, stuck_after=0.5)
    sending = Background(lambda: sender.send(story.task.submit_update(1, DIGEST)))
    until(lambda: pool(chain))
    ((nonce, first),) = pool(chain)
    until(lambda: pool(chain)[0][1] > first)
    ((same_nonce, second),) = pool(chain)
    assert same_nonce == nonce
    assert second * 1000 >= first * 1125
    chain.request("miner_start")
    assert sending.result().status == 1
    assert submitted(story) == 1


def test_one_update_counts_though_ganache_mines_every_attempt_at_nonce_0(fresh: Story) -> None:
    chain, client = fresh.chain, fresh.clients[0]
    chain.request("miner_stop")
    sender = fresh.sender(client, stuck_after=0.3, poll_interval=0.2)
    sending = Background(lambda: sender.send(fresh.task.submit_update(1, DIGEST)))
    until(lambda: len(pool(chain)) > 1)
    chain.request("miner_start")
    assert sending.result().status == 1
    assert submitted(fresh) == 1


def test_after_a_restart_an_own_stuck_transaction_is_replaced(story: Story) -> None:
    chain, client = story.chain, story.clients[0]
    call = story.task.submit_update(1, DIGEST)
    chain.request("miner_stop")
    with pytest.raises(NotMined, match="not mined in 0\\.5 s"):
        story.sender(client, receipt_timeout=0.5).send(call)
    ((nonce, first),) = pool(chain)
    sending = Background(lambda: story.sender(client).send(call))
    until(lambda: pool(chain)[0][1] > first)
    assert [pending[0] for pending in pool(chain)] == [nonce]
    chain.request("miner_start")
    assert sending.result().status == 1
    assert submitted(story) == 1


def test_a_kill_and_return_of_the_node_while_waiting(story: Story, node: Ganache) -> None:
    story.chain.request("miner_stop")
    sender = story.sender(story.clients[0], stuck_after=3)
    sending = Background(lambda: sender.send(story.task.submit_update(1, DIGEST)))
    until(lambda: pool(story.chain))
    node.kill()  # and with it its transaction pool
    with pytest.raises(ChainUnavailable):
        story.chain.block()
    node.start()
    assert sending.result().status == 1
    assert submitted(story) == 1


def test_a_node_that_is_gone_for_good(story: Story, node: Ganache) -> None:
    story.chain.request("miner_stop")
    sender = story.sender(story.clients[0], receipt_timeout=4)
    sending = Background(lambda: sender.send(story.task.submit_update(1, DIGEST)))
    until(lambda: pool(story.chain))
    node.kill()
    with pytest.raises(NotMined):
        sending.result()
    with pytest.raises(ChainUnavailable):
        story.sender(story.clients[0]).send(story.task.submit_update(1, DIGEST))
    with pytest.raises(ChainUnavailable):
        Chain.connect(node.url)


def test_another_transaction_of_the_account_wins_the_nonce(story: Story) -> None:
    chain, client = story.chain, story.clients[0]
    chain.request("miner_stop")
    sending = Background(lambda: story.sender(client).send(story.task.submit_update(1, DIGEST)))
    until(lambda: pool(chain))
    ((nonce, _),) = pool(chain)
    fields = {"chainId": chain.chain_id, "nonce": nonce, "gas": 21_000, "to": client.address}
    rival = sign(client, {**fields, "value": 0}, Fees(100 * GWEI, 50 * GWEI))
    broadcast(chain, rival)
    chain.request("miner_start")
    until(lambda: find_receipt(chain, rival.hash))
    with pytest.raises(PassingError, match=f"at nonce {nonce}"):
        sending.result()
    assert story.sender(client).send(story.task.submit_update(1, DIGEST)).status == 1


def test_a_call_that_another_one_overtakes_learns_why(story: Story) -> None:
    """Both simulate well; the coordinator's is mined first, since it offers more."""
    chain, client = story.chain, story.clients[0]
    chain.request("miner_stop")
    submitting = Background(lambda: story.sender(client).send(story.task.submit_update(1, DIGEST)))
    until(lambda: pool(chain))
    call = story.task.remove_clients([client.address])
    nonce = transaction_count(chain, story.coordinator.address)
    fields = {"chainId": chain.chain_id, "nonce": nonce, "gas": 100_000, "to": call.to}
    removal = {**fields, "data": call.data, "value": 0}
    broadcast(chain, sign(story.coordinator, removal, Fees(100 * GWEI, 50 * GWEI)))
    chain.request("miner_start")
    with pytest.raises(TransactionReverted, match="NotAClient"):
        submitting.result()
    assert submitted(story) == 0


def test_an_account_without_funds(story: Story) -> None:
    poor = devnet_accounts(11)[10]
    with pytest.raises(InsufficientFunds, match=poor.address):
        TaskFactory.deploy(story.chain, story.sender(poor))


def test_blocks_at_intervals(tmp_path: Path) -> None:
    with Ganache(tmp_path, block_time=1) as node:
        story = begin(Chain.connect(node.url), devnet_accounts(10))
        assert story.submit(0, DIGEST).status == 1
