"""Creating a task: publish spec and genesis model, create the contract through the factory."""

from collections.abc import Sequence
from dataclasses import dataclass

from fedjury.chain.connection import Chain
from fedjury.chain.receipts import Receipt
from fedjury.chain.task_factory import TaskFactory
from fedjury.chain.transactions import TransactionSender
from fedjury.chain.types import Config
from fedjury.data import Samples
from fedjury.errors import ModelError
from fedjury.models import build_model, weights_of
from fedjury.spec import TaskSpec, UpdateLimits
from fedjury.store import ContentStore
from fedjury.tensors import Tensors, encode


@dataclass(frozen=True)
class RoundLimits:
    """A task's timing: see the contract's Config."""

    round_seconds: int
    grace_seconds: int
    min_updates: int
    max_updates: int
    rounds: int


@dataclass(frozen=True)
class Members:
    """Who takes part in a task."""

    coordinator: str
    jurors: Sequence[str]
    quorum: int
    clients: Sequence[str]


@dataclass(frozen=True)
class CreatedTask:
    """What creating a task gave."""

    factory: str
    address: str
    spec_digest: bytes
    genesis_digest: bytes
    receipt: Receipt


def genesis_weights(spec: TaskSpec, seed: int) -> Tensors:
    """The initial global model, by a recorded seed.

    Raises:
        ModelError: as `build_model`, or the model has no weights.
    """
    weights = weights_of(build_model(spec.model, {spec.model.callable}, seed))
    if not weights:
        raise ModelError(f"{spec.model.callable!r} has no floating-point weights")
    return weights


def default_limits(weights: Tensors) -> UpdateLimits:
    """Room for the weights and twice the header that they need."""
    empty_tag = {"format": "", "task": "", "round": "", "client": ""}
    return UpdateLimits(max_bytes=len(encode(weights, empty_tag)) + 4096)


def check_fits(spec: TaskSpec, weights: Tensors, sample: Samples) -> None:
    """Make sure that the model takes the data before anything is put on chain.

    Raises:
        ModelError: the model refuses the inputs, or has too few classes.
    """
    model = build_model(spec.model, {spec.model.callable}).eval()
    try:
        model.load_state_dict(weights, strict=False)
        logits = model(sample.x[:2])
    except Exception as error:  # the user's code may raise anything
        raise ModelError(
            f"{spec.model.callable!r} does not take inputs of shape {tuple(sample.x.shape[1:])}: "
            f"{error}"
        ) from error
    classes = int(sample.y.max()) + 1
    if logits.ndim != 2 or logits.shape[1] < classes:
        raise ModelError(
            f"{spec.model.callable!r} gives logits of shape {tuple(logits.shape)}, "
            f"the data have {classes} classes"
        )


def create_task(
    chain: Chain,
    store: ContentStore,
    sender: TransactionSender,
    spec: TaskSpec,
    genesis: Tensors,
    limits: RoundLimits,
    members: Members,
    factory: TaskFactory | None = None,
) -> CreatedTask:
    """Publish spec and genesis model, and create the task.

    Args:
        sender: pays; need not be the coordinator.
        factory: an existing one; None deploys a new one first.

    Raises:
        StoreUnavailable, ContentMismatch: the files are not published; nothing is on chain.
        ChainUnavailable, TransactionReverted: as `TransactionSender.send`.
    """
    spec_digest = store.add(spec.to_bytes())
    genesis_digest = store.add(encode(genesis))
    factory = factory or TaskFactory.deploy(chain, sender)
    config = Config(
        spec_digest=spec_digest,
        genesis_digest=genesis_digest,
        round_seconds=limits.round_seconds,
        grace_seconds=limits.grace_seconds,
        min_updates=limits.min_updates,
        max_updates=limits.max_updates,
        rounds=limits.rounds,
    )
    receipt = sender.send(
        factory.create_task(
            config, members.coordinator, members.jurors, members.quorum, members.clients
        )
    )
    return CreatedTask(
        factory.address, factory.task_created(receipt), spec_digest, genesis_digest, receipt
    )
