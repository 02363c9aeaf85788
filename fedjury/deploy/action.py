"""Carrying out a deployment: the jury's file, the task on chain, the deployment file."""

from dataclasses import dataclass
from pathlib import Path

from fedjury.chain.contracts.task_factory import TaskFactory
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.data.verification import save_verification_set, verification_file_name
from fedjury.deploy.plan import DeployPlan
from fedjury.store import open_store
from fedjury.task.creation import CreatedTask, create_task
from fedjury.task.deployment_file import Deployment


@dataclass(frozen=True)
class Deployed:
    """What a deployment left.

    Attributes:
        created: the task on chain.
        deployment: what the deployment file says.
        verification_file: the jury's private samples, for jurors alone.
    """

    created: CreatedTask
    deployment: Deployment
    verification_file: Path


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
        FedjuryError: as `create_task`; the jury's file is kept, so that its salt is not lost.
    """
    name = verification_file_name(plan.task.spec.verification.commitment)
    verification_file = deployment_file.parent / name
    save_verification_set(plan.task.verification, verification_file)
    created = create_task(
        sender, open_store(store), plan.task.files, plan.limits, plan.members, factory
    )
    deployment = describe(plan, created, sender, store)
    deployment.save(deployment_file)
    return Deployed(created, deployment, verification_file)


def describe(
    plan: DeployPlan, created: CreatedTask, sender: TransactionSender, store: str
) -> Deployment:
    """What the deployment file says of a task."""
    return Deployment(
        chain_id=sender.chain.chain_id,
        rpc=sender.chain.url,
        store=store,
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
    )
