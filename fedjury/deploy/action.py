"""Carrying out a deployment: the task on chain, and the deployment file."""

from dataclasses import dataclass
from pathlib import Path

from fedjury.chain.contracts.task_factory import TaskFactory
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.providers import has_secrets
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.deploy.plan import DeployPlan
from fedjury.errors import (
    ConfigError,
    ContentError,
    FatalError,
    StoreUnavailable,
    TransactionReverted,
)
from fedjury.protocol.juries import sorted_jurors
from fedjury.runtime.files import missing_directories, prove_writable, remove_empty
from fedjury.store import has_secrets as store_has_secrets
from fedjury.store import open_store, without_secrets
from fedjury.task.creation import CreatedTask, create_task
from fedjury.task.deployment_file import Deployment
from fedjury.task.timing import batch_misfit, lone_misfit, misfit

# After these no transaction that creates the task is under way; after trouble with the chain one
# may be.
_NEVER_ON_CHAIN = (FatalError, TransactionReverted, StoreUnavailable, ContentError)


@dataclass(frozen=True)
class Deployed:
    """What a deployment left.

    Attributes:
        created: the task on chain.
        deployment: what the deployment file says.
        incomplete: ``rpc`` and ``store`` where the deployment file has less than their whole
            location: a user part, a path or a query may be secret, and others get the file.
    """

    created: CreatedTask
    deployment: Deployment
    incomplete: tuple[str, ...] = ()


def carry_out(
    plan: DeployPlan,
    sender: TransactionSender,
    store: str,
    deployment_file: Path,
    factory: TaskFactory | None = None,
) -> Deployed:
    """Create the task, and write the deployment file.

    Args:
        plan: of the deployment.
        sender: pays for the transactions; its account is the coordinator.
        store: location of the content store.
        deployment_file: where to write what the other commands read.
        factory: an existing factory; None deploys a new one.

    Raises:
        ConfigError: the times do not fit into each other, and nothing is on chain; or the
            deployment file cannot be written. Where that shows only in the end, the
            message names the task, which is on chain.
        OSError: the directory cannot be made or written; nothing is on chain.
        FedjuryError: as `create_task`.
    """
    if deployment_file.is_dir():
        raise ConfigError(f"the deployment file {deployment_file} is a directory: name a file")
    if reason := _misfit(plan, sender.chain):
        raise ConfigError(reason)
    made = missing_directories(deployment_file.parent)
    prove_writable(deployment_file)
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
        remove_empty(made)
        raise
    deployment = _deployment_of(plan, created, sender, store)
    _save(deployment, deployment_file)
    secret = {"rpc": has_secrets(sender.chain.url), "store": store_has_secrets(store)}
    incomplete = tuple(name for name, is_secret in secret.items() if is_secret)
    return Deployed(created, deployment, incomplete)


def _misfit(plan: DeployPlan, chain: Chain) -> str:
    """What of a plan's times does not fit on this chain; "" if all does."""
    limits = plan.limits
    reason = misfit(chain, plan.confirmations, limits.availability_seconds)
    if reason or not limits.batch_seconds:
        return reason
    return batch_misfit(chain, limits.batch_seconds) or lone_misfit(
        chain, plan.confirmations, limits.round_seconds - limits.batch_seconds
    )


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
        coordinator=sender.address,
        jurors=sorted_jurors(plan.members.jurors),
        roster=None if created.roster_digest is None else created.roster_digest.cid,
        clients=plan.members.roster.size,
        data=plan.data.name,
        partition=plan.data.partition,
        partition_seed=plan.data.partition_seed,
        confirmations=plan.confirmations,
    )
