"""What `fedjury deploy` shows of a task that it created."""

from pathlib import Path

from fedjury import store
from fedjury.chain.rpc.providers import without_secrets
from fedjury.checks.counts import counted
from fedjury.cli.output import Output
from fedjury.data import Dataset
from fedjury.deploy.action import Deployed
from fedjury.deploy.plan import DeployPlan, TaskPlan
from fedjury.protocol.task_spec import TaskSpec


def show_deployed(
    plan: DeployPlan,
    deployed: Deployed,
    out: Path,
    dataset: Dataset,
    output: Output,
    *,
    lambda_given: bool,
) -> None:
    """The task's addresses, CIDs, rule and members, and where the files are; no endpoint's secrets.

    Where nobody gave a λ, it is said which one the rule got.
    """
    deployment, seed = deployed.deployment, plan.task.genesis_seed
    drawn = (
        f"seed {seed}"
        if seed is not None
        else "worse than a constant answer: round 1 may accept poison"
    )
    document = {
        **deployment.model_dump(),
        "rpc": without_secrets(deployment.rpc),
        "store": store.without_secrets(deployment.store),
        "deployment": str(out),
        "verification": str(deployed.verification_file),
        "rule": plan.task.spec.rule.name,
        "lambda": plan.task.spec.lam,
        "gas": deployed.created.receipt.gas_used,
        "genesis_seed": seed,
        "federated": plan.task.spec.federated.names,
        "local": plan.task.spec.federated.local,
        "notes": list(plan.task.notes),
        "incomplete": list(deployed.incomplete),
    }
    clients = counted(len(deployment.clients), "client")
    classes, judged = plan.task.spec.labels.classes, len(plan.task.verification.samples)
    lines = [
        f"task     {deployment.task} on chain {deployment.chain_id}, block {deployment.block}",
        f"factory  {deployment.factory}",
        f"spec     {deployment.spec}",
        f"genesis  {deployment.genesis} ({drawn})",
        f"model    {_federated(plan.task)}",
        f"rule     {_rule(plan.task.spec, lambda_given=lambda_given)}",
        f"members  {counted(len(deployment.jurors), 'juror')}, {clients}",
        f"data     {dataset.name}: {len(dataset.train):,} to train on, {judged:,} for the jury, "
        f"{classes} classes",
        f"wrote    {out}",
        f"secret   {deployed.verification_file}: the jury's verification set; for jurors only",
    ]
    lines += [f"note     {note}" for note in plan.task.notes]
    lines += [
        f"note     of the {name} the file has only scheme, host and port, as the rest may be "
        f"secret: say --{name} or FEDJURY_{name.upper()} to the other commands"
        for name in deployed.incomplete
    ]
    output.result(document, "\n".join(lines))


def _federated(task: TaskPlan) -> str:
    """How much of the model is federated."""
    names, local = task.spec.federated.names, task.spec.federated.local
    numbers = sum(tensor.numel() for tensor in task.genesis.values())
    words = f"{numbers:,} weights in {counted(len(names), 'tensor')} are federated"
    if others := len(task.rest) - len(local):
        words += f", {others} more stay as they are"
    return f"{words}, {len(local)} more are each client's own" if local else words


def _rule(spec: TaskSpec, *, lambda_given: bool) -> str:
    words = f"{spec.rule.name}, λ = {spec.lam:g}"
    return words if lambda_given else f"{words}, which suits it; --lambda takes another"
