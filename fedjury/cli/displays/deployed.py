"""What `fedjury deploy` shows of a task that it created."""

from pathlib import Path

from fedjury.chain.rpc.providers import without_secrets
from fedjury.cli.output import Output
from fedjury.data import Dataset
from fedjury.deploy.action import Deployed
from fedjury.deploy.plan import DeployPlan


def show_deployed(
    plan: DeployPlan, deployed: Deployed, out: Path, dataset: Dataset, output: Output
) -> None:
    """The task's addresses, CIDs and members, and where the files are; no secret of the RPC URL."""
    deployment, seed = deployed.deployment, plan.task.genesis_seed
    drawn = (
        f"seed {seed}"
        if seed is not None
        else "worse than a constant answer: round 1 may accept poison"
    )
    document = {
        **deployment.model_dump(),
        "rpc": without_secrets(deployment.rpc),
        "deployment": str(out),
        "verification": str(deployed.verification_file),
        "gas": deployed.created.receipt.gas_used,
        "genesis_seed": seed,
    }
    lines = [
        f"task     {deployment.task} on chain {deployment.chain_id}, block {deployment.block}",
        f"factory  {deployment.factory}",
        f"spec     {deployment.spec}",
        f"genesis  {deployment.genesis} ({drawn})",
        f"members  {len(deployment.jurors)} jurors, {len(deployment.clients)} clients",
        f"data     {dataset.name}: {len(dataset.train):,} to train on",
        f"wrote    {out}",
        f"secret   {deployed.verification_file}: the jury's verification set; for jurors only",
    ]
    output.result(document, "\n".join(lines))
