"""`fedjury status`: where a task stands."""

from typing import Annotated

import typer

from fedjury.cli import options
from fedjury.cli.grouped import grouped

EXAMPLE = "Example: fedjury status --json"


@grouped
def status(
    read: options.ReadOptions,
    allow_model: Annotated[list[str] | None, typer.Option(hidden=True)] = None,
    as_json: options.JsonOption = False,
) -> None:
    """Show the round, its updates and deadline, the model, the jury, and how far accuracy is.

    All but name, rule, λ and the number of verification samples comes from the chain; those are
    shown where the task's spec can be had from the store. (--allow-model is accepted as before
    and not needed any more.)
    """
    from fedjury.cli.displays.status import describe, look
    from fedjury.cli.output import Output
    from fedjury.task.location import find_location

    location = find_location(read.deployment, read.rpc, read.store, read.task, read.from_block)
    found = look(location)
    Output(as_json).result(found.document, describe(found))
