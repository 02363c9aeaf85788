"""A relay in memory: its parts around a fake contract, with an account whose nonces are counted."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.events import BatchSubmitted
from fedjury.chain.rpc.receipts import Receipt
from fedjury.chain.transactions.fees import GWEI
from fedjury.chain.transactions.nonces import Counts
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.errors import NonceTaken, TransactionUndone
from fedjury.protocol.batch_file import BatchEntry, BatchFile
from fedjury.protocol.digest import Digest
from fedjury.relay.assembly import assemble
from fedjury.relay.files import HandedFiles
from fedjury.relay.intake import Intake, SignedReceipt
from fedjury.relay.queue import Queue
from fedjury.relay.records import SignedUpdate
from fedjury.relay.schedule import Schedule
from fedjury.relay.shelf import Shelf
from fedjury.relay.window import Window
from fedjury.runtime.events import Event
from fedjury.runtime.loop import Step
from fedjury.task.vitals.purse import BATCH_GAS, Purse
from tests.support.fake_federation import CHAIN_ID, CLIENTS, RELAYER, FakeFederation

ETHER = 10**18


class Killed(BaseException):
    """The process is gone at this point."""


@dataclass
class RelayAccount:
    """The relayer's account on the fake chain, and how its transactions fare.

    Attributes:
        federation: that they go to.
        mined: numbers of the blocks that its transactions are in; the place is the nonce.
        pending: by nonce what was sent and is not mined.
        errors: raised one after the other instead of sending.
        at_first: called when something is to be sent, before the nonce is looked at.
        before, after: called before a transaction is mined, and after it.
        is_mining: whether what is sent is mined at once.
        sent: count and nonce of all that was sent.
        balance: in wei.
        lag: how many transactions the node that the nodes agree on, of two, does not know of.
    """

    federation: FakeFederation
    mined: list[int] = field(default_factory=list)
    pending: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    errors: list[Exception] = field(default_factory=list)
    at_first: Callable[[], object] = lambda: None
    before: Callable[[], object] = lambda: None
    after: Callable[[], object] = lambda: None
    is_mining: bool = True
    sent: list[tuple[int, int]] = field(default_factory=list)
    balance: int = ETHER
    lag: int = 0
    address: str = RELAYER.address

    def next_nonce(self, least: int = 0) -> int:
        """As TransactionSender.next_nonce, of a sender that was just started."""
        return Counts((len(self.mined) - self.lag, len(self.mined))).next_nonce(least)

    def send(self, call: Any, nonce: int | None = None) -> Receipt:
        """As TransactionSender.send."""
        assert nonce is not None, "a batch is sent at its nonce alone"
        self.at_first()
        if self.errors:
            raise self.errors.pop(0)
        if len(self.mined) > nonce:
            raise NonceTaken(f"nonce {nonce} is used")
        if len(self.mined) < nonce:
            raise TransactionUndone(f"the next nonce is {len(self.mined)}")
        self.before()
        self.sent.append((call[2], nonce))
        self.pending[nonce] = call
        if not self.is_mining:
            raise Killed
        event = self.mine()
        self.after()
        return Receipt(b"\1" * 32, event.block_number, 41_000, 1)

    def mine(self) -> BatchSubmitted:
        """Mine what is pending at the next nonce."""
        call = self.pending.pop(len(self.mined))
        event = self.federation.contract.batch(self.address, call[2], call[3])
        self.mined.append(event.block_number)
        return event

    def spend_nonce(self) -> None:
        """Mine another transaction of the account, which makes no event of the task."""
        self.pending.pop(len(self.mined), None)
        self.federation.chain.height += 1
        self.mined.append(self.federation.chain.height)

    def undo(self) -> None:
        """A reorganization: the newest transaction is not mined, and forgotten by all nodes."""
        block = self.mined.pop()
        contract = self.federation.contract
        contract.events = [each for each in contract.events if each.block_number != block]
        self.federation.chain.height += 1

    def answer(self, method: str, *params: Any) -> object:
        """What the node says of the account, and of fees."""
        if method == "eth_getTransactionCount":
            block = self.federation.chain.height if params[1] == "latest" else int(params[1], 16)
            return hex(sum(number <= block for number in self.mined))
        answers = {
            "eth_getBalance": hex(self.balance),
            "eth_getBlockByNumber": {"baseFeePerGas": hex(GWEI)},
            "eth_maxPriorityFeePerGas": hex(GWEI),
        }
        return answers[method]


class RelayParts:
    """A relay on a fake contract; made anew in the same directory it is a restarted one.

    Args:
        directory: for the store and the relay's files.
        federation: that it relays for.
        account: of the relayer.
        every, margin, confirmations, keep_bytes: settings.

    Attributes:
        told: its events, in order.
        shelf: the store.
        seconds: the clock by which the store is left alone after a failure; tests set it.
    """

    def __init__(
        self,
        directory: Path,
        federation: FakeFederation,
        account: RelayAccount,
        *,
        every: int | None = None,
        margin: int = 10,
        confirmations: int = 0,
        keep_bytes: int = 1 << 20,
    ) -> None:
        task, store = federation.task, federation.store
        self.federation, self.account, self.told = federation, account, list[Event]()
        self.seconds = 0.0
        self.window = Window(now=lambda: 0.0, clock=lambda: 0.0)
        self.queue = Queue(directory / "queue.sqlite3", {"account": account.address})
        self.files = HandedFiles(
            directory / "files", self.queue, task.spec.update.max_bytes, keep_bytes
        )
        self.purse = Purse(task.chain, account.address, BATCH_GAS, clock=lambda: 0.0)
        self.intake = Intake(RELAYER, CHAIN_ID, task.contract.address, self.window, self.queue)
        self.shelf = Shelf(store, self.told.append, clock=lambda: self.seconds)
        self.relay = assemble(
            task,
            self.shelf,
            cast(TransactionSender, account),
            self.queue,
            self.files,
            self.window,
            self.purse,
            Schedule(every, margin),
            self.told.append,
            confirmations,
        )

    def close(self) -> None:
        """End its thread, and close its file."""
        self.intake.close()
        self.queue.close()

    def cycle(self) -> Step:
        """One cycle."""
        return self.relay.cycle()

    def work(self) -> None:
        """Cycles until there is nothing to do."""
        for _ in range(100):
            if self.cycle() is not Step.PROGRESS:
                return
        raise AssertionError("it never rests")

    def signed(self, client: int | LocalAccount, text: str = "") -> SignedUpdate:
        """A client's signed update for the current round, by default always the same."""
        account = self.federation.clients[client] if isinstance(client, int) else client
        domain = self.federation.domain()
        digest = Digest.of((text or account.address).encode())
        return SignedUpdate(domain.round, domain.parent_model, domain.sign(account, digest))

    def take(self, client: int | LocalAccount, text: str = "") -> SignedReceipt:
        """Hand in such an update."""
        return self.intake.take(self.signed(client, text))

    def names(self) -> list[str]:
        """Names of the events that it told."""
        return [each.name for each in self.told]

    def posted(self) -> list[list[BatchEntry]]:
        """The entries of each batch on chain, as its file in the store has them."""
        batches = [
            each for each in self.federation.contract.events if isinstance(each, BatchSubmitted)
        ]
        files = [
            BatchFile.from_bytes(self.federation.store.fetch(each.digest, 1 << 20, 1.0))
            for each in batches
        ]
        assert [len(file) for file in files] == [each.count for each in batches]
        return [list(file) for file in files]


def relayed_federation(directory: Path, clients: int = 6) -> tuple[FakeFederation, RelayAccount]:
    """A federation whose relayer is allowed, and the relayer's account."""
    federation = FakeFederation(directory, clients)
    federation.contract.set_relayer_to(RELAYER.address, True)
    account = RelayAccount(federation)
    setattr(federation.chain, "request", account.answer)  # noqa: B010 (instead of its own)
    return federation, account


def addresses(*numbers: int) -> list[str]:
    """Addresses of clients by their numbers, as a batch has them."""
    return sorted(CLIENTS[number].address for number in numbers)


def end_batches(parts: RelayParts) -> None:
    """Let the margin begin."""
    parts.federation.chain.timestamp = 1050
