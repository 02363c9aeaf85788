"""`fedjury audit`: was every round right?"""

from pathlib import Path
from typing import Annotated

import typer

from fedjury.cli import options
from fedjury.cli.output import Output
from fedjury.cli.session import find_place
from fedjury.errors import ExitCode
from fedjury.verification import load_verification_set
from oracle.audit import Auditor, AuditResult

EXAMPLE = (
    "Example: fedjury audit --task 0xab… --rpc http://127.0.0.1:8545 "
    "--store http://127.0.0.1:5001 --verification verification.safetensors"
)


def audit(
    deployment: options.DeploymentOption = options.DEPLOYMENT,
    rpc: options.RpcOption = None,
    store: options.StoreOption = None,
    task: options.TaskOption = None,
    from_block: options.FromBlockOption = None,
    verification: Annotated[
        Path | None, typer.Option(help="The jury's verification set: derive every verdict anew.")
    ] = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for a file.")] = 20.0,
    allow_model: options.AllowModelOption = None,
    confirmations: options.ConfirmationsOption = "0",
    as_json: options.JsonOption = False,
) -> None:
    """Check every round from the contract's address and the store alone.

    Members, order and running hash, every CID, every signature, and that each posted model is bit
    for bit the aggregate of the accepted updates. With the verification set also every verdict.
    Names the first thing that differs and exits with 40.
    """
    output = Output(as_json)
    place = find_place(deployment, rpc, store, task, from_block)
    opened = place.open(allow_model)
    samples = None if verification is None else load_verification_set(verification)
    auditor = Auditor(opened, samples, timeout, output.event)
    stamp = opened.chain.block(options.parse_confirmations(confirmations))
    result = auditor.run(place.from_block, stamp)
    output.result(result.to_json(), _describe(result))
    if not result.passed:
        raise typer.Exit(int(ExitCode.AUDIT_MISMATCH))


def _describe(result: AuditResult) -> str:
    kind = "full" if result.full else "light"
    if result.difference is not None:
        return f"the {kind} audit FAILED: {result.difference}"
    notes = sum(len(audit.notes) for audit in result.rounds)
    updates = sum(audit.updates for audit in result.rounds)
    words = f"the {kind} audit passed: {len(result.rounds)} rounds, {updates} updates"
    return words + (f"; {notes} not checked, see above" if notes else "")
