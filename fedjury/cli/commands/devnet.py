"""`fedjury devnet`: a chain and an IPFS daemon on this machine."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from fedjury.cli import options
from fedjury.errors import ExitCode

if TYPE_CHECKING:
    from fedjury.devnet import DevnetStatus

app = typer.Typer(
    help="A local chain (Ganache or Anvil) and IPFS daemon, for trying things out.",
    no_args_is_help=True,
)
DEFAULT_DIRECTORY = Path(".fedjury") / "devnet"
DirectoryOption = Annotated[Path, typer.Option(help="Where everything of the devnet is kept.")]


@app.command("up", epilog="Example: fedjury devnet up --accounts 20")
def devnet_up(
    directory: DirectoryOption = DEFAULT_DIRECTORY,
    accounts: Annotated[int, typer.Option(help="How many funded accounts.")] = 20,
    chain_id: Annotated[int, typer.Option(help="EIP-155 chain id.")] = 1337,
    chain_port: Annotated[int | None, typer.Option(help="RPC port; default: a free one.")] = None,
    ipfs_port: Annotated[int | None, typer.Option(help="API port; default: a free one.")] = None,
    chain: Annotated[
        Literal["ganache", "anvil"],
        typer.Option(help="Which program is the chain; a devnet keeps to its own."),
    ] = "ganache",
    ipfs: Annotated[
        Literal["auto", "kubo", "jsipfs"], typer.Option(help="auto takes Kubo where it is found.")
    ] = "auto",
    node_modules: Annotated[
        Path | None, typer.Option(help="Where `npm ci` installed; default: it is looked for.")
    ] = None,
    block_time: Annotated[
        float,
        typer.Option(
            min=0,
            help="Seconds between blocks; 0 mines at once, and then only transactions "
            "move the chain's clock.",
        ),
    ] = 1.0,
    as_json: options.JsonOption = False,
) -> None:
    """Start both, or what is missing, and return once they work. Listens on 127.0.0.1 only."""
    from fedjury.cli.output import Output
    from fedjury.devnet import up

    output = Output(as_json)
    with output.waiting(f"starting {chain.capitalize()} and IPFS"):
        found = up(
            directory,
            accounts=accounts,
            chain_id=chain_id,
            chain_port=chain_port,
            ipfs_port=ipfs_port,
            chain=chain,
            ipfs=ipfs,
            node_modules=node_modules,
            block_time=block_time or None,
        )
    output.result(found.to_json(), _devnet_text(found))


@app.command("down", epilog="Example: fedjury devnet down")
def devnet_down(
    directory: DirectoryOption = DEFAULT_DIRECTORY, as_json: options.JsonOption = False
) -> None:
    """Stop both; chain and files stay for the next `up`."""
    from fedjury.cli.output import Output
    from fedjury.devnet import down

    found = down(directory)
    Output(as_json).result(found.to_json(), f"devnet in {directory} is down")


@app.command("status", epilog="Example: fedjury devnet status --json")
def devnet_status(
    directory: DirectoryOption = DEFAULT_DIRECTORY, as_json: options.JsonOption = False
) -> None:
    """Say what runs where. Exit status 50 when something is not healthy."""
    from fedjury.cli.output import Output
    from fedjury.devnet import status

    found = status(directory)
    Output(as_json).result(found.to_json(), _devnet_text(found))
    if not found.healthy:
        raise typer.Exit(int(ExitCode.DEVNET))


def _devnet_text(found: "DevnetStatus") -> str:
    lines = [f"devnet in {found.directory}: {'healthy' if found.healthy else 'not healthy'}"]
    for name, service in (("chain", found.chain), ("ipfs", found.ipfs)):
        state = "healthy" if service.healthy else "down" if service.pid is None else "not healthy"
        lines.append(
            f"  {name:<6} {service.kind:<8} {service.url}  {state}  "
            f"{service.version or ''} (pid {service.pid})"
        )
    lines.append(f"  {len(found.accounts)} accounts in {found.keystores}")
    lines.append(f"  password in {found.password_file}")
    return "\n".join(lines)
