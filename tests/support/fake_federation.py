"""A federation in memory: a contract that keeps the protocol's books, without a chain.

Three classes, one-hot inputs, a linear model: weights get a class right when the largest entry of
its column lies on the diagonal, so every count can be told by looking.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import torch
from eth_account import Account
from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.events import (
    ChainEvent,
    ClientRegistered,
    JurySet,
    RoundFinalized,
    RoundOpened,
    RoundVoided,
    UpdateSubmitted,
)
from fedjury.chain.contracts.federated_task import FederatedTask
from fedjury.chain.contracts.types import ClientState, Config, Overview, Phase, RoundState
from fedjury.chain.rpc.block import BlockStamp
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.logs import Care
from fedjury.chain.rpc.receipts import Receipt
from fedjury.chain.transactions.call import ContractCall
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.data import Dataset, Samples
from fedjury.data.verification import VerificationSet
from fedjury.protocol.digest import Digest
from fedjury.protocol.report import Report
from fedjury.protocol.task_spec import TaskSpec
from fedjury.protocol.tensors import Tensors, encode
from fedjury.protocol.update_file import encode_update
from fedjury.protocol.updates_hash import updates_hash
from fedjury.task.opened import OpenedTask
from tests.support.flaky_store import FlakyStore

CHAIN_ID = 1337
NO_DIGEST = Digest(bytes(32))
TASK_ADDRESS = "0x" + "Ab" * 20
MODEL = "tests.support.plugins:linear"
CLASSES = 3
EACH = 2  # verification samples of each class


def account(number: int) -> LocalAccount:
    """The account whose key is this number."""
    found: LocalAccount = Account.from_key(number.to_bytes(32, "big"))
    return found


JUROR, OTHER_JUROR, STRANGER = account(1), account(2), account(3)
CLIENTS = [account(number) for number in range(10, 16)]


def weights(*right: int, scale: float = 1.0) -> Tensors:
    """Weights that classify exactly these classes right."""
    matrix = torch.zeros(CLASSES, CLASSES)
    for label in range(CLASSES):
        matrix[label if label in right else (label + 1) % CLASSES, label] = scale
    return {"weight": matrix}


def verification() -> VerificationSet:
    """Two samples of each class, and a salt that is always the same."""
    labels = torch.arange(CLASSES).repeat(EACH)
    return VerificationSet(Samples(torch.eye(CLASSES).repeat(EACH, 1), labels), bytes(range(32)))


def dataset() -> Dataset:
    """These samples as both parts of a dataset."""
    return Dataset("tiny", verification().samples, verification().samples)


def spec(lam: float = 0.5, **changes: Any) -> TaskSpec:
    """The spec of a task on these samples; `changes` are its other fields."""
    chosen = verification()
    document: dict[str, Any] = {
        "name": "tiny",
        "model": {"callable": MODEL},
        "federated": {"names": ["weight"]},
        "genesis_bytes": 4096,
        "labels": {"classes": CLASSES},
        "lambda": lam,
        "update": {"max_bytes": 4096},
        "verification": {"samples": len(chosen), "commitment": chosen.commitment()},
    }
    return TaskSpec.model_validate({**document, **changes})


class FakeChain:
    """A clock and a block number, which tests move.

    Attributes:
        height: number of the newest block.
        timestamp: its time.
        finalized: how many blocks the finalized one lies below it.
        mined: by hash the transactions that are mined, and in which block.
    """

    chain_id = CHAIN_ID

    def __init__(self) -> None:
        self.height, self.timestamp, self.finalized = 1, 1000, 64
        self.mined: dict[bytes, int] = {}

    def block(self, confirmations: int | str = 0) -> BlockStamp:
        """The block with so many blocks on top, at the newest one's time."""
        depth = self.finalized if isinstance(confirmations, str) else confirmations
        number = max(0, self.height - depth)
        return BlockStamp(number, number.to_bytes(32, "big"), self.timestamp)

    def request(self, method: str, transaction: str) -> object:
        """The receipt of a transaction."""
        assert method == "eth_getTransactionReceipt"
        block = self.mined.get(bytes.fromhex(transaction[2:]))
        return block and {
            "transactionHash": transaction,
            "blockNumber": hex(block),
            "gasUsed": "0x5208",
            "status": "0x1",
            "logs": [],
        }


@dataclass
class FakeContract:
    """Keeps a task's books and tells its events, but for those that it withholds.

    Attributes:
        chain: the clock that it looks at.
        address: of the contract.
        settings: the task's.
        quorum: how many jurors must sign.
        events: all there ever were, in order.
        is_paused: whether the task is paused.
        paused_at: the block that paused it.
        removed: addresses of clients that were removed.
        registered_in: by address the block that registered a client that came later.
        last_rounds: by address the round that each client submitted in last.
        number: of the current round.
        deadline: of the current round.
        model: digest of the current round's model.
        finished: whether the last round is over.
        withheld: events that the node does not tell.
        strangers: addresses that are not registered.
        told_from: how closely one has to read to be told even those; never, by default.
    """

    chain: FakeChain
    address: str
    settings: Config
    quorum: int = 1
    events: list[ChainEvent] = field(default_factory=list)
    is_paused: bool = False
    paused_at: int = 0
    removed: set[str] = field(default_factory=set)
    registered_in: dict[str, int] = field(default_factory=dict)
    last_rounds: dict[str, int] = field(default_factory=dict)
    number: int = 0
    deadline: int = 0
    model: Digest = NO_DIGEST
    finished: bool = False
    withheld: list[ChainEvent] = field(default_factory=list)
    strangers: set[str] = field(default_factory=set)
    told_from: Care | None = None

    def next_log(self) -> dict[str, Any]:
        """Where the next event stands: in a new block."""
        self.chain.height += 1
        index = len(self.events)
        return {
            "block_number": self.chain.height,
            "log_index": index,
            "transaction_hash": index.to_bytes(32, "big"),
        }

    def open_round(self, model: Digest) -> None:
        """Open the next round from a model."""
        self.number += 1
        self.model, self.deadline = model, self.chain.timestamp + self.settings.round_seconds
        opened = RoundOpened(
            round=self.number,
            jury_version=1,
            deadline=self.deadline,
            model_digest=model,
            **self.next_log(),
        )
        self.events.append(opened)

    def submitted(self) -> list[UpdateSubmitted]:
        """The current round's updates."""
        return [
            event
            for event in self.events
            if isinstance(event, UpdateSubmitted) and event.round == self.number
        ]

    def submit(self, client: str, digest: Digest) -> None:
        """Take a client's update; a full round closes."""
        index = len(self.submitted())
        self.events.append(
            UpdateSubmitted(
                round=self.number, client=client, index=index, digest=digest, **self.next_log()
            )
        )
        self.last_rounds[client] = self.number
        if index + 1 == self.settings.max_updates:
            self.deadline = self.chain.timestamp

    def finalize(self, report: Report, verdicts: bytes, signatures: bytes) -> None:
        """Take the jury's report as it is, and open the next round."""
        self.events.append(
            RoundFinalized(
                round=report.round,
                jury_version=report.jury_version,
                updates_hash=report.updates_hash,
                baseline_correct=report.baseline_correct,
                model_correct=report.model_correct,
                model_digest=report.model_digest,
                verdicts=verdicts,
                signatures=signatures,
                **self.next_log(),
            )
        )
        self.open_round(report.model_digest)

    def void(self) -> None:
        """Give up the current round, and open the next from the same model."""
        running = updates_hash(self.number, self.submitted())
        self.events.append(RoundVoided(round=self.number, updates_hash=running, **self.next_log()))
        self.open_round(self.model)

    def close(self) -> None:
        """Let the current round's window be over."""
        self.deadline = self.chain.timestamp

    def pause(self) -> None:
        """Pause the task from the next block on."""
        self.chain.height += 1
        self.is_paused, self.paused_at = True, self.chain.height

    # --- what FederatedTask offers, by the same names ---

    def read_events(
        self,
        from_block: int,
        to_block: int,
        kinds: Iterable[type[ChainEvent]] | None = None,
        *,
        round: int | None = None,
        client: str | None = None,
        care: Care = Care.USUAL,
    ) -> list[ChainEvent]:
        return [
            event
            for event in self.events
            if from_block <= event.block_number <= to_block
            and (event not in self.withheld or self._tells_all(care))
            and (kinds is None or isinstance(event, tuple(kinds)))
            and round in (None, getattr(event, "round", None))
            and client in (None, getattr(event, "client", None))
        ]

    def _tells_all(self, care: Care) -> bool:
        return self.told_from is not None and care.value >= self.told_from.value

    def phase(self, at: object = None) -> Phase:
        if self.finished:
            return Phase.FINISHED
        full = len(self.submitted()) >= self.settings.min_updates
        closed = full and self.chain.timestamp >= self.deadline
        return Phase.CLOSED if closed else Phase.OPEN

    def current_round(self, at: object = None) -> RoundState:
        updates = self.submitted()
        return RoundState(
            number=self.number,
            submitted=len(updates),
            deadline=self.deadline,
            jury_version=1,
            updates_hash=updates_hash(self.number, updates),
            model_digest=self.model,
        )

    def _as_of(self, block: int) -> "FakeContract":
        """The contract as an earlier block has it."""
        events = [event for event in self.events if event.block_number <= block]
        opened = [event for event in events if isinstance(event, RoundOpened)][-1]
        updates = [event for event in events if isinstance(event, UpdateSubmitted)]
        full = sum(each.round == opened.round for each in updates) == self.settings.max_updates
        return replace(
            self,
            events=events,
            is_paused=self.is_paused and self.paused_at <= block,
            last_rounds={update.client: update.round for update in updates},
            number=opened.round,
            deadline=self.deadline if full and opened.round == self.number else opened.deadline,
            model=opened.model_digest,
            strangers={who for who, since in self.registered_in.items() if since > block},
        )

    def overview(self, account: str, at: BlockStamp | None = None) -> Overview:
        if at is not None and at.number < self.chain.height:
            return self._as_of(at.number).overview(account)
        return Overview(
            phase=self.phase(),
            paused=self.is_paused,
            round=self.current_round(),
            jury_size=self.jury_of(1)[0],
            quorum=self.quorum,
            is_juror=account in (JUROR.address, OTHER_JUROR.address),
            client=self.client_of(account),
        )

    def paused(self, at: object = None) -> bool:
        return self.is_paused

    def jury_of(self, version: int, at: object = None) -> tuple[int, int]:
        return (1, 1) if self.quorum == 1 else (2, self.quorum)

    def client_count(self, at: object = None) -> int:
        return len({event.client for event in self.events if isinstance(event, ClientRegistered)})

    def latest_jury_version(self, at: object = None) -> int:
        return sum(isinstance(event, JurySet) for event in self.events)

    def client_of(self, address: str, at: object = None) -> ClientState:
        known: list[str] = [client.address for client in CLIENTS]
        if address not in known or address in self.strangers:
            return ClientState(0, 0, False)
        last = self.last_rounds.get(address, 0)
        return ClientState(known.index(address) + 1, last, address not in self.removed)

    def submit_update(self, round: int, digest: Digest) -> tuple[Any, ...]:
        return "submit", round, digest

    def finalize_round(self, report: Report, verdicts: bytes, signatures: bytes) -> tuple[Any, ...]:
        return "finalize", report, verdicts, signatures


@dataclass
class FakeSender:
    """Delivers calls to the contract at once, or raises what it was told to.

    Attributes:
        contract: takes the calls.
        address: that they come from.
        errors: raised one after the other, before anything is delivered.
        tried: the calls that were to be sent.
        sent: the calls that were delivered.
        on_delivery: called after each of them.
    """

    contract: FakeContract
    address: str
    errors: list[Exception] = field(default_factory=list)
    tried: list[Any] = field(default_factory=list)
    sent: list[Any] = field(default_factory=list)
    on_delivery: Callable[[], object] = lambda: None

    def send(self, call: Any) -> Receipt:
        """As TransactionSender.send."""
        self.tried.append(call)
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append(call)
        if isinstance(call, ContractCall):
            self.contract.chain.height += 1
        elif call[0] == "submit":
            self.contract.submit(self.address, call[2])
        else:
            self.contract.finalize(*call[1:])
        chain, hash = self.contract.chain, bytes([len(self.sent)]) * 32
        chain.mined[hash] = chain.height
        self.on_delivery()
        return Receipt(hash, chain.height, 21_000, 1)


class FakeFederation:
    """A task whose first round is open, from a model that gets nothing right.

    Args:
        directory: for the store.
        clients: how many.
        lam: the task's λ.
        changes: other fields of the spec.

    Attributes:
        store: has the task's files, and can be down.
        spec: of the task.
        clients: their accounts, by index.
        genesis: weights of the first model.
        chain: the clock.
        contract: the task's books.
        task: as clients and jurors see it.
    """

    def __init__(self, directory: Path, clients: int = 3, lam: float = 0.5, **changes: Any) -> None:
        self.store = FlakyStore(directory / "store")
        self.spec = spec(lam, **changes)
        self.clients = CLIENTS[:clients]
        self.genesis = weights()
        self.chain = FakeChain()
        settings = Config(
            spec_digest=self.store.add(self.spec.to_bytes()),
            genesis_digest=self.store.add(encode(self.genesis)),
            round_seconds=100,
            grace_seconds=100,
            min_updates=1,
            max_updates=clients,
            rounds=0,
        )
        self.contract = FakeContract(self.chain, TASK_ADDRESS, settings)
        self.contract.events.append(
            JurySet(version=1, jurors=(JUROR.address,), quorum=1, **self.contract.next_log())
        )
        self.contract.events += [
            ClientRegistered(client=client.address, index=index, **self.contract.next_log())
            for index, client in enumerate(self.clients, start=1)
        ]
        self.contract.open_round(settings.genesis_digest)
        self.task = OpenedTask(
            cast(FederatedTask, self.contract),
            settings,
            0,
            self.store,
            self.spec,
            frozenset({self.spec.model.callable}),
        )
        _ = self.task.model  # as when a task is opened

    def sender(self, account: LocalAccount) -> FakeSender:
        """A sender of this account."""
        return FakeSender(self.contract, account.address)

    def update(self, client: int, tensors: Tensors) -> bytes:
        """The update file of a client, by its index, for the current round."""
        tag = self.task.tag(self.contract.number, self.clients[client].address)
        return encode_update(tensors, tag)

    def submit(self, client: int, data: bytes) -> Digest:
        """Publish and submit a file."""
        digest = self.store.add(data)
        self.contract.submit(self.clients[client].address, digest)
        return digest

    def submit_weights(self, *updates: Tensors) -> list[Digest]:
        """One well-formed update a client, from the first client on."""
        return [self.submit(index, self.update(index, each)) for index, each in enumerate(updates)]

    def change(self, kind: type[ChainEvent], **changes: Any) -> None:
        """Rewrite the newest event of a kind."""
        events = self.contract.events
        newest = max(at for at, event in enumerate(events) if isinstance(event, kind))
        events[newest] = replace(events[newest], **changes)


def as_sender(sender: FakeSender) -> TransactionSender:
    """The sender for whoever asks for a real one."""
    return cast(TransactionSender, sender)


def as_chain(chain: FakeChain) -> Chain:
    """The chain for whoever asks for a real one."""
    return cast(Chain, chain)
