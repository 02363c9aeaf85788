"""Reorganizations of Anvil under a sender: it is done within a few blocks, or goes back at once."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount

from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.receipts import Receipt
from fedjury.chain.transactions.broadcast import Attempt, broadcast, sign
from fedjury.chain.transactions.call import ContractCall
from fedjury.chain.transactions.fees import GWEI, Fees
from fedjury.chain.transactions.nonces import transaction_counts
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.devnet import devnet_accounts
from fedjury.errors import TransactionUndone
from tests.support.services import Anvil
from tests.support.waiting import until

DEPTHS = (1, 2, 3, 5, 8, 12)
ACCOUNTS = 60
BLOCK_SECONDS = 0.2
# some 20 blocks, of 600 s that a sender waits if it notices nothing
SOON = 5.0


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """An Anvil that makes a block every so often, with more blocks than any test takes back."""
    with Anvil(tmp_path_factory.mktemp("anvil"), accounts=ACCOUNTS, block_time=3600) as node:
        chain = Chain.connect(node.url)
        chain.request("anvil_mine", hex(20))
        yield chain


@pytest.fixture(scope="module")
def accounts() -> Iterator[LocalAccount]:
    """Accounts that have sent nothing yet; each test takes one."""
    return iter(devnet_accounts(ACCOUNTS))


@dataclass
class Scene:
    """A chain whose blocks a test makes, and an account on it."""

    chain: Chain
    account: LocalAccount

    def mine(self, blocks: int = 1) -> None:
        self.chain.request("anvil_mine", hex(blocks))

    def mine_on(self, stop: threading.Event) -> None:
        """Make a block every so often until told to stop."""
        while not stop.wait(BLOCK_SECONDS):
            self.mine()

    def sign(self, nonce: int) -> Attempt:
        """A transaction that does nothing."""
        fields = {"chainId": self.chain.chain_id, "nonce": nonce, "gas": 21_000, "value": 0}
        return sign(self.account, {**fields, "to": self.account.address}, Fees(5 * GWEI, GWEI))

    def sent_before(self, blocks_ago: int) -> Attempt:
        """Have a transaction mined so many blocks ago; 1 is the newest block."""
        attempt = self.sign(0)
        broadcast(self.chain, attempt)
        self.mine(blocks_ago)
        assert self.count() == 1
        return attempt

    def count(self) -> int:
        return transaction_counts(self.chain, self.account.address).agreed

    def reorganize(self, depth: int, *kept: Attempt) -> None:
        """Replace so many blocks; the first new one has the transactions that are kept."""
        height = self.chain.block().number
        self.chain.request("anvil_reorg", depth, [["0x" + each.raw.hex(), 0] for each in kept])
        assert self.chain.block().number == height

    def send(self) -> Receipt:
        sender = TransactionSender(self.chain, self.account, poll_interval=1.0)
        return sender.send(ContractCall("nothing", self.account.address, b""))

    def send_until_done(self) -> Receipt:
        """As a daemon does: again after each transient error."""
        while True:
            try:
                return self.send()
            except TransactionUndone:
                continue

    def pending(self) -> bool:
        content = self.chain.request("txpool_content")["pending"]
        return self.account.address.lower() in {address.lower() for address in content}


@pytest.fixture
def scene(chain: Chain, accounts: Iterator[LocalAccount]) -> Scene:
    return Scene(chain, next(accounts))


class Timed:
    """Runs something beside the test, and knows how long it took."""

    def __init__(self, action: Callable[[], Receipt]) -> None:
        self.outcome: Receipt | Exception | None = None
        self._thread = threading.Thread(target=self._run, args=(action,), daemon=True)
        self._thread.start()

    def _run(self, action: Callable[[], Receipt]) -> None:
        try:
            self.outcome = action()
        except Exception as error:
            self.outcome = error

    def wait(self) -> Receipt | Exception:
        """Its outcome, which has to come soon."""
        begun = time.monotonic()
        self._thread.join(SOON)
        assert not self._thread.is_alive(), f"stands still for {time.monotonic() - begun:.1f} s"
        assert self.outcome is not None
        return self.outcome


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_pending_transaction_whose_predecessor_is_undone_goes_back_to_the_chain(
    scene: Scene, depth: int
) -> None:
    scene.sent_before(depth)
    sending = Timed(scene.send)
    until(scene.pending)
    scene.reorganize(depth)
    assert scene.count() == 0
    outcome = sending.wait()
    assert isinstance(outcome, TransactionUndone), outcome
    stop = threading.Event()
    mining = threading.Thread(target=scene.mine_on, args=(stop,), daemon=True)
    mining.start()
    try:
        again = Timed(scene.send_until_done).wait()
    finally:
        stop.set()
        mining.join()
    assert isinstance(again, Receipt)
    assert again.status == 1


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("dropped", [False, True])
def test_a_pending_transaction_whose_predecessor_is_kept_is_mined(
    scene: Scene, depth: int, dropped: bool
) -> None:
    before = scene.sent_before(depth)
    sending = Timed(scene.send)
    until(scene.pending)
    scene.reorganize(depth, before)
    assert scene.count() == 1
    if dropped:
        scene.chain.request("anvil_dropAllTransactions")
        until(scene.pending)  # handed in again, long before it counts as stuck
    scene.mine()
    outcome = sending.wait()
    assert isinstance(outcome, Receipt), outcome
    assert outcome.block_number == scene.chain.block().number
    assert scene.count() == 2


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("kept", [False, True])
def test_a_transaction_that_was_mined_and_undone_before_anybody_looked(
    scene: Scene, depth: int, kept: bool
) -> None:
    """Between two looks of the sender, blocks come with its transaction and go again."""
    before = scene.sent_before(1)
    sending = Timed(scene.send)
    until(scene.pending)
    time.sleep(0.7)  # by now it looks once a second: at 0.64, 1.28, 2.28 s
    raw = scene.chain.request("eth_getRawTransactionByHash", pending_hash(scene))
    mine = Attempt(Fees(0, 0), bytes.fromhex(raw[2:]), b"")
    scene.mine(depth)
    scene.reorganize(depth, *([mine] if kept else []))
    assert scene.count() == (2 if kept else 1)
    if not kept:
        until(lambda: scene.pending() or sending.outcome)
        scene.mine()
    outcome = sending.wait()
    assert isinstance(outcome, Receipt), outcome
    assert scene.count() == 2
    assert scene.chain.block_at(outcome.block_number).hash == outcome.block_hash
    assert before.hash != outcome.transaction_hash


def pending_hash(scene: Scene) -> str:
    content = scene.chain.request("txpool_content")["pending"]
    by_address = {address.lower(): by_nonce for address, by_nonce in content.items()}
    (transaction,) = by_address[scene.account.address.lower()].values()
    return str(transaction["hash"])


def test_a_shorter_chain_is_no_reason_to_stand_still(tmp_path: Path) -> None:
    with Anvil(tmp_path, block_time=3600) as node:
        scene = Scene(Chain.connect(node.url), devnet_accounts(1)[0])
        scene.mine(20)
        scene.sent_before(12)
        sending = Timed(scene.send)
        until(scene.pending)
        scene.chain.request("anvil_rollback", 12)
        assert isinstance(sending.wait(), TransactionUndone)
