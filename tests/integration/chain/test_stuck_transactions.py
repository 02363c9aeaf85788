"""Transactions that Ganache does not mine, and a Ganache that goes away."""

import threading
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.task_factory import TaskFactory
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.receipts import Receipt, find_receipt
from fedjury.chain.transactions.broadcast import broadcast, sign
from fedjury.chain.transactions.call import ContractCall
from fedjury.chain.transactions.fees import GWEI, Fees
from fedjury.chain.transactions.nonces import transaction_counts
from fedjury.devnet import devnet_accounts
from fedjury.errors import (
    ChainUnavailable,
    InsufficientFunds,
    NotMined,
    TransactionReverted,
    TransientError,
)
from fedjury.protocol.digest import Digest
from tests.support.contract_task import MAX_UPDATES, ContractTask, create_contract_task
from tests.support.services import Ganache
from tests.support.waiting import PATIENCE_SECONDS, until

MEMBERS, ACCOUNTS = 6, 60
DIGEST = Digest(b"\x11" * 32)


@pytest.fixture(scope="module")
def accounts() -> Iterator[LocalAccount]:
    """Accounts that have sent nothing yet; each test takes some for itself."""
    return iter(devnet_accounts(ACCOUNTS))


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """A Ganache for these tests alone: each stops its miner, and starts it again."""
    with Ganache(tmp_path_factory.mktemp("ganache"), accounts=ACCOUNTS) as node:
        yield Chain.connect(node.url)


@pytest.fixture
def fresh(chain: Chain, accounts: Iterator[LocalAccount]) -> ContractTask:
    """A task whose clients have sent nothing yet."""
    return create_contract_task(chain, list(islice(accounts, MEMBERS)))


@pytest.fixture
def made(fresh: ContractTask) -> ContractTask:
    """A task whose first client is past nonce 0, which Ganache does not replace."""
    return past_nonce_0(fresh)


@pytest.fixture
def killable(private_ganache: Ganache) -> ContractTask:
    """The same on a Ganache that may be killed."""
    task = create_contract_task(Chain.connect(private_ganache.url), devnet_accounts(MEMBERS))
    return past_nonce_0(task)


def past_nonce_0(made: ContractTask) -> ContractTask:
    """Have the first client send a transaction that does nothing."""
    client = made.clients[0]
    made.sender(client).send(ContractCall("nothing", client.address, b""))
    return made


def submission(made: ContractTask) -> ContractCall:
    """The first client's update, with its proof."""
    proof = made.roster.proof(made.clients[0].address)
    return made.task.submit_update(1, DIGEST, proof)


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
        self._thread.join(PATIENCE_SECONDS)
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


def submitted(made: ContractTask) -> int:
    # read from the state: after miner_start Ganache shows a replaced transaction's receipt, but
    # neither the block nor eth_getLogs has it
    return made.task.current_round().submitted


def test_a_stuck_transaction_is_replaced_at_its_nonce(made: ContractTask) -> None:
    chain, client = made.chain, made.clients[0]
    chain.request("miner_stop")
    sender = made.sender(client, stuck_after=0.5)
    sending = Background(lambda: sender.send(submission(made)))
    until(lambda: pool(chain))
    ((nonce, first),) = pool(chain)
    until(lambda: pool(chain)[0][1] > first)
    ((same_nonce, second),) = pool(chain)
    assert same_nonce == nonce
    assert second * 1000 >= first * 1125
    chain.request("miner_start")
    assert sending.result().status == 1
    assert submitted(made) == 1


def test_one_update_counts_though_ganache_mines_every_attempt_at_nonce_0(
    fresh: ContractTask,
) -> None:
    chain, client = fresh.chain, fresh.clients[0]
    chain.request("miner_stop")
    sender = fresh.sender(client, stuck_after=0.3, poll_interval=0.2)
    sending = Background(lambda: sender.send(submission(fresh)))
    until(lambda: len(pool(chain)) > 1)
    chain.request("miner_start")
    assert sending.result().status == 1
    assert submitted(fresh) == 1


def test_after_a_restart_an_own_stuck_transaction_is_replaced(made: ContractTask) -> None:
    chain, client = made.chain, made.clients[0]
    call = submission(made)
    chain.request("miner_stop")
    with pytest.raises(NotMined, match="not mined in 0\\.5 s"):
        made.sender(client, receipt_timeout=0.5).send(call)
    ((nonce, first),) = pool(chain)
    sending = Background(lambda: made.sender(client).send(call))
    until(lambda: pool(chain)[0][1] > first)
    assert [pending[0] for pending in pool(chain)] == [nonce]
    chain.request("miner_start")
    assert sending.result().status == 1
    assert submitted(made) == 1


def test_a_kill_and_return_of_the_node_while_waiting(
    killable: ContractTask, private_ganache: Ganache
) -> None:
    killable.chain.request("miner_stop")
    sender = killable.sender(killable.clients[0], stuck_after=1)
    sending = Background(lambda: sender.send(submission(killable)))
    until(lambda: pool(killable.chain))
    private_ganache.kill()  # and with it its transaction pool
    with pytest.raises(ChainUnavailable):
        killable.chain.block()
    private_ganache.start()
    assert sending.result().status == 1
    assert submitted(killable) == 1


def test_a_node_that_is_gone_for_good(killable: ContractTask, private_ganache: Ganache) -> None:
    killable.chain.request("miner_stop")
    sender = killable.sender(killable.clients[0], receipt_timeout=2)
    sending = Background(lambda: sender.send(submission(killable)))
    until(lambda: pool(killable.chain))
    private_ganache.kill()
    with pytest.raises(NotMined):
        sending.result()
    with pytest.raises(ChainUnavailable):
        killable.sender(killable.clients[0]).send(submission(killable))
    with pytest.raises(ChainUnavailable):
        Chain.connect(private_ganache.url)


def test_another_transaction_of_the_account_wins_the_nonce(made: ContractTask) -> None:
    chain, client = made.chain, made.clients[0]
    chain.request("miner_stop")
    sending = Background(lambda: made.sender(client).send(submission(made)))
    until(lambda: pool(chain))
    ((nonce, _),) = pool(chain)
    fields = {"chainId": chain.chain_id, "nonce": nonce, "gas": 21_000, "to": client.address}
    rival = sign(client, {**fields, "value": 0}, Fees(100 * GWEI, 50 * GWEI))
    broadcast(chain, rival)
    chain.request("miner_start")
    until(lambda: find_receipt(chain, rival.hash))
    with pytest.raises(TransientError, match=f"at nonce {nonce}"):
        sending.result()
    assert made.sender(client).send(submission(made)).status == 1


def test_a_call_that_another_one_overtakes_learns_why(made: ContractTask) -> None:
    """Both simulate well; the coordinator's is mined first, since it offers more."""
    chain, client = made.chain, made.clients[0]
    for index in range(MAX_UPDATES):
        made.submit(index, DIGEST)
    call = made.finalization(DIGEST)
    chain.request("miner_stop")
    finalizing = Background(lambda: made.sender(client).send(call))
    until(lambda: pool(chain))
    nonce = transaction_counts(chain, made.coordinator.address).agreed
    fields = {"chainId": chain.chain_id, "nonce": nonce, "gas": 300_000, "to": call.to}
    rival = {**fields, "data": call.data, "value": 0}
    broadcast(chain, sign(made.coordinator, rival, Fees(100 * GWEI, 50 * GWEI)))
    chain.request("miner_start")
    with pytest.raises(TransactionReverted, match="meant for round 1, but round 2 is on"):
        finalizing.result()
    assert made.task.current_round().number == 2


def test_an_account_without_funds(made: ContractTask) -> None:
    poor = devnet_accounts(ACCOUNTS + 1)[ACCOUNTS]
    with pytest.raises(InsufficientFunds, match=poor.address):
        TaskFactory.deploy(made.sender(poor))


def test_blocks_at_intervals(tmp_path: Path) -> None:
    with Ganache(tmp_path, block_time=0.5) as node:
        made = create_contract_task(Chain.connect(node.url), devnet_accounts(10))
        assert made.submit(0, DIGEST).status == 1
