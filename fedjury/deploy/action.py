"""Carrying out a deployment: the jury's samples, the task on chain, the deployment file."""

from dataclasses import dataclass
from pathlib import Path

from fedjury.chain.contracts.task_factory import TaskFactory
from fedjury.chain.rpc.providers import has_secrets
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.data import Dataset
from fedjury.data.split import split_test
from fedjury.data.verification import (
    VerificationSet,
    new_verification_set,
    save_verification_set,
    verification_file_name,
)
from fedjury.deploy.plan import DeployPlan
from fedjury.errors import (
    ConfigError,
    ContentError,
    FatalError,
    StoreUnavailable,
    TransactionReverted,
)
from fedjury.runtime.files import missing_directories, remove_empty
from fedjury.store import has_secrets as store_has_secrets
from fedjury.store import open_store, without_secrets
from fedjury.task.creation import CreatedTask, create_task
from fedjury.task.deployment_file import Deployment

# After these no transaction that creates the task is under way; after trouble with the chain one
# may be.
_NEVER_ON_CHAIN = (FatalError, TransactionReverted, StoreUnavailable, ContentError)


@dataclass(frozen=True)
class Deployed:
    """What a deployment left.

    Attributes:
        created: the task on chain.
        deployment: what the deployment file says.
        verification_file: the jury's private samples, for jurors alone.
        incomplete: ``rpc`` and ``store`` where the deployment file has less than their whole
            location: a user part, a path or a query may be secret, and others get the file.
    """

    created: CreatedTask
    deployment: Deployment
    verification_file: Path
    incomplete: tuple[str, ...] = ()


def draw_verification_set(dataset: Dataset, split_seed: int) -> VerificationSet:
    """The jury's half of a dataset's test part, with a salt that nobody can guess."""
    judged, _ = split_test(dataset.test, split_seed)
    return new_verification_set(judged)


def carry_out(
    plan: DeployPlan,
    sender: TransactionSender,
    store: str,
    deployment_file: Path,
    factory: TaskFactory | None = None,
) -> Deployed:
    """Create the task; writes the jury's file first and the deployment file last, side by side.

    Args:
        plan: of the deployment.
        sender: pays for the transactions.
        store: location of the content store.
        deployment_file: where to write what the other commands read.
        factory: an existing factory; None deploys a new one.

    Raises:
        ConfigError: the times do not fit into each other, and nothing is on chain; or the
            deployment file cannot be written. Where that shows only in the end, the
            message names the task, which is on chain.
        OSError: the directory cannot be made or written; nothing is on chain.
        FedjuryError: as `create_task`. The jury's file is kept where the task may still come on
            chain, so that its salt is not lost, and goes where it cannot.
    """
    if deployment_file.is_dir():
        raise ConfigError(f"the deployment file {deployment_file} is a directory: name a file")
    if misfit := plan.timing.misfit(sender.chain, plan.limits.grace_seconds):
        raise ConfigError(misfit)
    name = verification_file_name(plan.task.spec.verification.commitment)
    verification_file = deployment_file.parent / name
    # the first file shows that the directory can be written, before anything is sent
    made = missing_directories(deployment_file.parent)
    save_verification_set(plan.task.verification, verification_file)
    try:
        created = create_task(
            sender,
            open_store(store, sender.chain.patience),
            plan.task.files,
            plan.limits,
            plan.members,
            factory,
        )
    except _NEVER_ON_CHAIN:
        verification_file.unlink(missing_ok=True)
        remove_empty(made)
        raise
    deployment = _deployment_of(plan, created, sender, store)
    _save(deployment, deployment_file)
    secret = {"rpc": has_secrets(sender.chain.url), "store": store_has_secrets(store)}
    incomplete = tuple(name for name, is_secret in secret.items() if is_secret)
    return Deployed(created, deployment, verification_file, incomplete)


def _save(deployment: Deployment, path: Path) -> None:
    """Write the deployment file; a failure says where the task is, which nobody else knows yet."""
    try:
        deployment.save(path)
    except OSError as error:
        raise ConfigError(
            f"the task {deployment.task} of factory {deployment.factory} is on chain "
            f"{deployment.chain_id} since block {deployment.block}, but the deployment file "
            f"{path} cannot be written: {error.strerror}"
        ) from error


def _deployment_of(
    plan: DeployPlan, created: CreatedTask, sender: TransactionSender, store: str
) -> Deployment:
    """What the deployment file says of a task."""
    return Deployment(
        chain_id=sender.chain.chain_id,
        rpc=sender.chain.endpoint,
        store=without_secrets(store),
        factory=created.factory,
        task=created.address,
        block=created.receipt.block_number,
        spec=created.spec_digest.cid,
        genesis=created.genesis_digest.cid,
        coordinator=plan.members.coordinator,
        jurors=list(plan.members.jurors),
        clients=list(plan.members.clients),
        data=plan.data.name,
        split_seed=plan.data.split_seed,
        partition=plan.data.partition,
        partition_seed=plan.data.partition_seed,
        confirmations=plan.timing.confirmations,
        fetch_timeout=plan.timing.fetch_timeout,
    )
