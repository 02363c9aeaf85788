"""`fedjury audit`: was every round right?"""

from pathlib import Path
from typing import Annotated

import typer

from fedjury.cli import options
from fedjury.cli.grouped import grouped
from fedjury.errors import ExitCode

EXAMPLE = (
    "Example: fedjury audit --task 0xab… --rpc http://127.0.0.1:8545 "
    "--store http://127.0.0.1:5001 --verification verification.safetensors"
)


@grouped
def audit(
    read: options.ReadOptions,
    verification: Annotated[
        Path | None, typer.Option(help="The jury's verification set: derive every verdict anew.")
    ] = None,
    timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds to wait for a file; a large one gets more.")
    ] = 20.0,
    allow_model: options.AllowModelOption = None,
    confirmations: options.ConfirmationsOption = "0",
    as_json: options.JsonOption = False,
) -> None:
    """Check every round from the contract's address and the store alone.

    Members, order and running hash, every CID, every signature, and that each posted model is bit
    for bit the aggregate of the accepted updates. With the verification set also every verdict.
    Names the first thing that differs and exits with 40.
    """
    from fedjury.cli.output import Output
    from fedjury.data.verification import load_verification_set
    from fedjury.oracle.audit import Auditor
    from fedjury.runtime.patience import Patience
    from fedjury.task.location import find_location
    from fedjury.task.opened import open_task_at

    output = Output(as_json)
    location = find_location(read.deployment, read.rpc, read.store, read.task, read.from_block)
    full = verification is not None
    task = open_task_at(location, allow_model, Patience(read.patience), with_model=full)
    samples = None if verification is None else load_verification_set(verification)
    auditor = Auditor(task, samples, timeout, output.event)
    result = auditor.run(task.chain.block(options.parse_confirmations(confirmations)))
    output.result(result.to_json(), result.sentence)
    if not result.passed:
        raise typer.Exit(int(ExitCode.AUDIT_MISMATCH))
