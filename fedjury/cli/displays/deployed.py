"""What `fedjury deploy` shows of a task that it created."""

from pathlib import Path

from fedjury import store
from fedjury.chain.rpc.providers import without_secrets
from fedjury.checks.counts import counted
from fedjury.cli.output import Output
from fedjury.data import Dataset
from fedjury.deploy.action import Deployed
from fedjury.deploy.plan import DeployPlan, TaskPlan
from fedjury.protocol.task_spec import TaskSpec, VerificationSpec
from fedjury.task.creation import RoundLimits
from fedjury.task.rule_words import rule_words


def show_deployed(
    plan: DeployPlan,
    deployed: Deployed,
    out: Path,
    dataset: Dataset,
    output: Output,
    *,
    lambda_given: bool,
) -> None:
    """The task's addresses, CIDs, rule and members, and where the file is; no endpoint's secrets.

    Where nobody gave a λ, it is said which one the rule got.
    """
    deployment, spec = deployed.deployment, plan.task.spec
    document = {
        **deployment.model_dump(),
        "rpc": without_secrets(deployment.rpc),
        "store": store.without_secrets(deployment.store),
        "deployment": str(out),
        "quorum": plan.members.quorum,
        "relayers": list(plan.members.relayers),
        "limits": vars(plan.limits),
        "verification": spec.verification.model_dump(mode="json"),
        "retention_days": spec.retention_days,
        "rule": spec.rule.name,
        "rule_parameters": spec.rule.parameters,
        "lambda": spec.lam,
        "gas": deployed.created.receipt.gas_used,
        "genesis_seed": plan.task.genesis_seed,
        "federated": spec.federated.names,
        "local": spec.federated.local,
        "notes": list(plan.notes),
        "incomplete": list(deployed.incomplete),
    }
    lines = [
        f"task     {deployment.task} on chain {deployment.chain_id}, block {deployment.block}",
        f"factory  {deployment.factory}",
        f"spec     {deployment.spec}",
        f"genesis  {deployment.genesis} (seed {plan.task.genesis_seed})",
        f"model    {_federated(plan.task)}",
        f"rule     {_rule(spec, lambda_given=lambda_given)}",
        f"judged   on {_slices(spec.verification)}",
        f"members  {_members(plan)}",
        f"rounds   {_rounds(plan.limits)}",
        f"data     {dataset.name}: {len(dataset.train):,} to train on, "
        f"{spec.labels.classes} classes",
        f"wrote    {out}",
    ]
    lines += [f"note     {note}" for note in plan.notes]
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


def _slices(verification: VerificationSpec) -> str:
    """What is public of the jury's samples, and what becomes so."""
    sizes = [each.samples for each in verification.slices]
    least, most = min(sizes), max(sizes)
    size = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    noun = "sample" if most == 1 else "samples"
    words = f"{size} {noun} in every round"
    if verification.each_round:
        words = f"{counted(len(sizes), 'slice')} of {size} {noun}"
    when = "their round" if verification.each_round else "the last round"
    if verification.disclosed:
        words += f", disclosed {counted(verification.depth, 'block')} after {when}"
    return words + (", with the accuracy in each report" if verification.accuracy else "")


def _members(plan: DeployPlan) -> str:
    members = plan.members
    words = f"{counted(len(members.jurors), 'juror')}, {members.quorum} to sign; "
    words += counted(members.roster.size, "client")
    relayers = len(members.relayers)
    return f"{words}; {counted(relayers, 'relayer')}" if relayers else words


def _rounds(limits: RoundLimits) -> str:
    many = f"{limits.rounds} of" if limits.rounds else "without end, each"
    updates = counted(limits.max_updates, "update")
    if limits.min_updates < limits.max_updates:
        updates = f"{limits.min_updates} to {limits.max_updates:,} updates"
    if limits.batch_seconds:
        updates = (
            f"{counted(limits.min_updates, 'update')} or more, batches in the first "
            f"{limits.batch_seconds} s, up to {limits.max_updates:,} that clients submit themselves"
        )
    return (
        f"{many} {limits.round_seconds} s, {updates}; "
        f"files within {limits.availability_seconds} s, voidable after {limits.grace_seconds} s"
    )


def _rule(spec: TaskSpec, *, lambda_given: bool) -> str:
    words = f"{rule_words(spec.rule)}, λ = {spec.lam:g}"
    return words if lambda_given else f"{words}, which suits it; --lambda takes another"
