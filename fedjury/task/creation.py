"""Creating a task: publish spec and genesis model, create the contract through the factory."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from fedjury.chain.contracts.task_factory import TaskFactory
from fedjury.chain.contracts.types import Config
from fedjury.chain.rpc.receipts import Receipt
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.protocol.digest import Digest
from fedjury.protocol.task_spec import TaskSpec
from fedjury.store.base import ContentStore
from fedjury.task.state import ModelState


@dataclass(frozen=True)
class RoundLimits:
    """A task's timing and size; what each field means stands at the contract's Config."""

    round_seconds: int
    grace_seconds: int
    min_updates: int
    max_updates: int
    rounds: int


@dataclass(frozen=True)
class Members:
    """Who takes part in a task: addresses, and how many jurors must sign."""

    coordinator: str
    jurors: Sequence[str]
    quorum: int
    clients: Sequence[str]


@dataclass(frozen=True)
class TaskFiles:
    """The two files that a task begins with, as they are published.

    Attributes:
        spec: the task's spec, canonical JSON.
        genesis: the model that round 1 starts from, safetensors.
    """

    spec: bytes
    genesis: bytes

    @classmethod
    def of(cls, spec: TaskSpec, genesis: ModelState) -> Self:
        """The files of a spec and the state that the task begins with.

        Raises:
            ModelError: the state holds what files cannot hold.
        """
        return cls(spec.to_bytes(), genesis.to_bytes())


@dataclass(frozen=True)
class CreatedTask:
    """What creating a task gave: addresses, digests, and the receipt of createTask."""

    factory: str
    address: str
    spec_digest: Digest
    genesis_digest: Digest
    receipt: Receipt


def create_task(
    sender: TransactionSender,
    store: ContentStore,
    files: TaskFiles,
    limits: RoundLimits,
    members: Members,
    factory: TaskFactory | None = None,
) -> CreatedTask:
    """Publish spec and genesis model, and create the task.

    Args:
        sender: pays for the transactions; its account need not be the coordinator's.
        store: where the files go.
        files: spec and genesis model.
        limits: timing and size of the rounds.
        members: who takes part.
        factory: an existing factory; None deploys a new one first.

    Raises:
        StoreUnavailable, ContentMismatch: the files are not published; nothing is on chain.
        ChainUnavailable, TransactionReverted: as `TransactionSender.send`.
    """
    spec_digest = store.add(files.spec)
    genesis_digest = store.add(files.genesis)
    factory = factory or TaskFactory.deploy(sender)
    config = Config(spec_digest=spec_digest, genesis_digest=genesis_digest, **vars(limits))
    receipt = sender.send(
        factory.create_task(
            config, members.coordinator, members.jurors, members.quorum, members.clients
        )
    )
    return CreatedTask(
        factory.address, factory.task_created(receipt), spec_digest, genesis_digest, receipt
    )
