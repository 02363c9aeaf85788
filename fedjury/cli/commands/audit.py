"""`fedjury audit`: was every round right?"""

from pathlib import Path
from typing import Annotated

import typer

from fedjury.cli import options
from fedjury.cli.grouped import grouped
from fedjury.errors import ExitCode

EXAMPLE = (
    "Example: fedjury audit --task 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 "
    "--rpc http://127.0.0.1:8545 --store http://127.0.0.1:5001"
)


@grouped
def audit(
    read: options.ReadOptions,
    verification: Annotated[
        list[Path] | None,
        typer.Option(
            help="Sample file of a verification slice that is not disclosed, or a directory of "
            "them: derive the verdicts of its rounds; repeatable."
        ),
    ] = None,
    timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds to wait for a file; a large one gets more.")
    ] = 20.0,
    allow_model: options.AllowModelOption = None,
    confirmations: options.ConfirmationsOption = "0",
    as_json: options.JsonOption = False,
) -> None:
    """Check every round from the contract's address and the store alone.

    Rosters, juries, batches, order and running hash, every CID, every signature, every record, and
    that each posted model is bit for bit the aggregate of the accepted updates. Where the jury's
    samples are disclosed, or given, also every verdict. Names the first thing that differs and
    exits with 40.
    """
    from fedjury.cli.output import Output
    from fedjury.oracle.audit import Auditor
    from fedjury.oracle.slices import Slices
    from fedjury.runtime.patience import Patience
    from fedjury.task.opened import open_task_at

    output = Output(as_json)
    location = read.location()
    patience, needs_model = Patience(read.patience), bool(verification)
    task = open_task_at(location, allow_model, patience, with_model=needs_model)
    slices = Slices.read(task.spec, verification or [])
    auditor = Auditor(task, slices, timeout, output.event)
    result = auditor.run(task.chain.block(options.parse_confirmations(confirmations)))
    output.result(result.to_json(), result.sentence)
    if not result.passed:
        raise typer.Exit(int(ExitCode.AUDIT_MISMATCH))
