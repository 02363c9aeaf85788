"""A federation in memory: a contract that keeps the protocol's books, without a chain.

Three classes, one-hot inputs, a linear model: weights get a class right when the largest entry of
its column lies on the diagonal, so every count can be told by looking.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import torch
from eth_account import Account
from eth_account.signers.local import LocalAccount

from fedjury.chain.connection import Chain
from fedjury.chain.contract import ContractCall
from fedjury.chain.events import (
    ClientRegistered,
    Event,
    JurySet,
    RoundFinalized,
    RoundOpened,
    RoundVoided,
    UpdateSubmitted,
)
from fedjury.chain.federated_task import FederatedTask
from fedjury.chain.receipts import Receipt
from fedjury.chain.transactions import TransactionSender
from fedjury.chain.types import BlockStamp, ClientState, Config, Phase, Report, RoundState
from fedjury.data import Samples
from fedjury.history import updates_hash
from fedjury.spec import TaskSpec
from fedjury.store import DirectoryStore
from fedjury.task import OpenedTask
from fedjury.tensors import Tensors, encode
from fedjury.updates import encode_update
from fedjury.verification import VerificationSet

CHAIN_ID = 1337
TASK_ADDRESS = "0x" + "Ab" * 20
MODEL = "tests.helpers.plugins:linear"
CLASSES = 3
EACH = 2  # verification samples of each class


def account(number: int) -> LocalAccount:
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
    labels = torch.arange(CLASSES).repeat(EACH)
    return VerificationSet(Samples(torch.eye(CLASSES).repeat(EACH, 1), labels), bytes(range(32)))


def spec(lam: float = 0.5, **changes: Any) -> TaskSpec:
    chosen = verification()
    document: dict[str, Any] = {
        "name": "tiny",
        "model": {"callable": MODEL},
        "lambda": lam,
        "update": {"max_bytes": 4096},
        "verification": {"samples": len(chosen), "commitment": chosen.commitment()},
    }
    return TaskSpec.model_validate({**document, **changes})


class FakeChain:
    """A clock and a block number."""

    chain_id = CHAIN_ID

    def __init__(self) -> None:
        self.height, self.timestamp = 1, 1000

    def block(self, depth: object = 0) -> BlockStamp:
        return BlockStamp(self.height, self.height.to_bytes(32, "big"), self.timestamp)


@dataclass
class FakeContract:
    """Keeps a task's books and tells its events."""

    chain: FakeChain
    address: str
    settings: Config
    quorum: int = 1
    events: list[Event] = field(default_factory=list)
    is_paused: bool = False
    removed: set[str] = field(default_factory=set)
    last_rounds: dict[str, int] = field(default_factory=dict)
    number: int = 0
    deadline: int = 0
    model: bytes = b""
    finished: bool = False

    def _where(self) -> dict[str, Any]:
        self.chain.height += 1
        place = len(self.events)
        return {
            "block_number": self.chain.height,
            "log_index": place,
            "transaction_hash": place.to_bytes(32, "big"),
        }

    def open_round(self, model: bytes) -> None:
        self.number += 1
        self.model, self.deadline = model, self.chain.timestamp + self.settings.round_seconds
        opened = RoundOpened(
            round=self.number,
            jury_version=1,
            deadline=self.deadline,
            model_digest=model,
            **self._where(),
        )
        self.events.append(opened)

    def submitted(self) -> list[UpdateSubmitted]:
        return [
            event
            for event in self.events
            if isinstance(event, UpdateSubmitted) and event.round == self.number
        ]

    def submit(self, client: str, digest: bytes) -> None:
        index = len(self.submitted())
        self.events.append(
            UpdateSubmitted(
                round=self.number, client=client, index=index, digest=digest, **self._where()
            )
        )
        self.last_rounds[client] = self.number
        if index + 1 == self.settings.max_updates:
            self.deadline = self.chain.timestamp

    def finalize(self, report: Report, verdicts: bytes, signatures: bytes) -> None:
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
                **self._where(),
            )
        )
        self.open_round(report.model_digest)

    def void(self) -> None:
        running = updates_hash(self.number, self.submitted())
        self.events.append(RoundVoided(round=self.number, updates_hash=running, **self._where()))
        self.open_round(self.model)

    # --- the contract's own functions ---

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

    def paused(self, at: object = None) -> bool:
        return self.is_paused

    def is_juror(self, version: int, address: str, at: object = None) -> bool:
        return address in (JUROR.address, OTHER_JUROR.address)

    def jury_of(self, version: int, at: object = None) -> tuple[int, int]:
        return (1, 1) if self.quorum == 1 else (2, self.quorum)

    def client_of(self, address: str, at: object = None) -> ClientState:
        known: list[str] = [client.address for client in CLIENTS]
        if address not in known:
            return ClientState(0, 0, False)
        last = self.last_rounds.get(address, 0)
        return ClientState(known.index(address) + 1, last, address not in self.removed)

    def submit_update(self, round: int, digest: bytes) -> tuple[Any, ...]:
        return "submit", round, digest

    def finalize_round(self, report: Report, verdicts: bytes, signatures: bytes) -> tuple[Any, ...]:
        return "finalize", report, verdicts, signatures


@dataclass
class FakeSender:
    """Delivers calls to the contract at once, or raises what it was told to."""

    contract: FakeContract
    sender: str
    errors: list[Exception] = field(default_factory=list)
    sent: list[Any] = field(default_factory=list)

    def send(self, call: Any) -> Receipt:
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append(call)
        if isinstance(call, ContractCall):
            self.contract.chain.height += 1
        elif call[0] == "submit":
            self.contract.submit(self.sender, call[2])
        else:
            self.contract.finalize(*call[1:])
        return Receipt(bytes(32), self.contract.chain.height, 21_000, 1)


class Told:
    """A `Notify` that remembers."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, dict[str, object]]] = []

    def __call__(self, event: str, message: str, **fields: object) -> None:
        self.lines.append((event, message, fields))

    @property
    def events(self) -> list[str]:
        return [event for event, _, _ in self.lines]

    def fields(self, event: str) -> list[dict[str, object]]:
        return [fields for told, _, fields in self.lines if told == event]


class Federation:
    """A task of this many clients, its first round open from a model with nothing right."""

    def __init__(self, directory: Path, clients: int = 3, lam: float = 0.5, **changes: Any) -> None:
        self.store = DirectoryStore(directory / "store")
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
            JurySet(version=1, jurors=(JUROR.address,), quorum=1, **self.contract._where())
        )
        self.contract.events += [
            ClientRegistered(client=client.address, index=index, **self.contract._where())
            for index, client in enumerate(self.clients, start=1)
        ]
        self.contract.open_round(settings.genesis_digest)
        self.task = OpenedTask(
            cast(FederatedTask, self.contract), self.store, settings, self.spec, frozenset({MODEL})
        )

    def sender(self, account: LocalAccount) -> FakeSender:
        return FakeSender(self.contract, account.address)

    def update(self, client: int, tensors: Tensors) -> bytes:
        """The update file of a client for the current round."""
        tag = self.task.tag(self.contract.number, self.clients[client].address)
        return encode_update(tensors, tag)

    def submit(self, client: int, data: bytes) -> bytes:
        """Publish and submit a file."""
        digest = self.store.add(data)
        self.contract.submit(self.clients[client].address, digest)
        return digest

    def submit_weights(self, *updates: Tensors) -> list[bytes]:
        """One sound update a client, from the first client on."""
        return [self.submit(place, self.update(place, each)) for place, each in enumerate(updates)]

    def change(self, kind: type[Event], **changes: Any) -> None:
        """Rewrite the newest event of a kind."""
        places = [i for i, event in enumerate(self.contract.events) if isinstance(event, kind)]
        self.contract.events[places[-1]] = replace(self.contract.events[places[-1]], **changes)


def told_events(
    task: FederatedTask,
    from_block: int,
    to_block: int,
    kinds: Sequence[type[Event]] | None = None,
    *,
    round: int | None = None,
    client: str | None = None,
) -> list[Event]:
    """Stands in for `fedjury.chain.events.read_events`."""
    return [
        event
        for event in cast(FakeContract, task).events
        if from_block <= event.block_number <= to_block
        and (kinds is None or isinstance(event, tuple(kinds)))
        and round in (None, getattr(event, "round", None))
        and client in (None, getattr(event, "client", None))
    ]


def as_sender(sender: FakeSender) -> TransactionSender:
    return cast(TransactionSender, sender)


def as_chain(chain: FakeChain) -> Chain:
    return cast(Chain, chain)
