"""`fedjury events`: what happened to every update, and why."""

from typing import Annotated

import typer

from fedjury.cli import options
from fedjury.cli.grouped import grouped

EXAMPLE = "Example: fedjury events --rejected --client 0xab… --json"


@grouped
def events(
    read: options.ChainReadOptions,
    round_number: Annotated[
        int | None, typer.Option("--round", min=1, help="Show this round only.")
    ] = None,
    client: Annotated[str | None, typer.Option(help="Show this client only.")] = None,
    accepted: Annotated[
        bool | None, typer.Option("--accepted/--rejected", help="Show these only; default: both.")
    ] = None,
    as_json: options.JsonOption = False,
) -> None:
    """List updates with their verdicts. Reads the chain alone, no files."""
    from eth_utils.address import is_address, to_checksum_address

    from fedjury.cli.displays.updates import show_updates, update_rows
    from fedjury.cli.output import Output
    from fedjury.errors import ConfigError
    from fedjury.runtime.patience import Patience
    from fedjury.task.location import find_location

    if client is not None and not is_address(client):
        raise ConfigError(f"{client!r} is not an address: 0x and 40 hexadecimal digits")
    location = find_location(read.deployment, read.rpc, None, read.task, read.from_block)
    task = location.on_chain(Patience(read.patience))
    history = task.read_history(task.chain.block())
    chosen = client and to_checksum_address(client)
    rows = update_rows(history, round_number, chosen, accepted)
    show_updates(rows, task.contract.address, Output(as_json))
