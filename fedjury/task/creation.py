"""Creating a task: publish its files, create the contract through the factory."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from fedjury.chain.contracts.task_factory import TaskCreation, TaskFactory
from fedjury.chain.contracts.types import Config
from fedjury.chain.rpc.receipts import Receipt
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.protocol.digest import Digest
from fedjury.protocol.roster import Roster
from fedjury.protocol.task_spec import TaskSpec
from fedjury.store.base import ContentStore
from fedjury.task.rosters import publish_roster

if TYPE_CHECKING:
    from fedjury.task.state import ModelState  # imports torch, which takes a second

_NONCE_BITS = 64


@dataclass(frozen=True)
class RoundLimits:
    """A task's timing and size; what each field means stands at the contract's Config."""

    round_seconds: int
    availability_seconds: int
    grace_seconds: int
    notice_seconds: int
    min_updates: int
    max_updates: int
    rounds: int
    batch_seconds: int = 0


@dataclass(frozen=True)
class Members:
    """Who takes part in a task at first.

    Attributes:
        jurors: addresses.
        quorum: how many of them must sign.
        roster: the clients.
        relayers: addresses that may submit batches.
    """

    jurors: Sequence[str]
    quorum: int
    roster: Roster
    relayers: Sequence[str] = ()


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
    def of(cls, spec: TaskSpec, genesis: "ModelState") -> Self:
        """The files of a spec and the state that the task begins with.

        Raises:
            ModelError: the state holds what files cannot hold.
        """
        return cls(spec.to_bytes(), genesis.to_bytes())


@dataclass(frozen=True)
class CreatedTask:
    """What creating a task gave: addresses, digests, and the receipt of createTask.

    Attributes:
        roster_digest: of the roster's file; None for a roster of nobody, which has none.
    """

    factory: str
    address: str
    spec_digest: Digest
    genesis_digest: Digest
    roster_digest: Digest | None
    receipt: Receipt


def create_task(
    sender: TransactionSender,
    store: ContentStore,
    files: TaskFiles,
    limits: RoundLimits,
    members: Members,
    factory: TaskFactory | None = None,
) -> CreatedTask:
    """Publish spec, genesis model and roster, and create the task.

    Args:
        sender: pays for the transactions; its account is the coordinator.
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
    roster_digest = publish_roster(store, members.roster)
    factory = factory or TaskFactory.deploy(sender)
    creation = TaskCreation(
        Config(spec_digest=spec_digest, genesis_digest=genesis_digest, **vars(limits)),
        members.roster,
        roster_digest,
        members.jurors,
        members.quorum,
        secrets.randbits(_NONCE_BITS),
        members.relayers,
    )
    receipt = sender.send(factory.create_task(creation))
    address = factory.task_created(receipt)
    return CreatedTask(
        factory.address, address, spec_digest, genesis_digest, roster_digest, receipt
    )
