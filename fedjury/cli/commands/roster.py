"""`fedjury roster`: who may submit updates, and the proof that somebody is among them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fedjury.cli import options
from fedjury.cli.grouped import grouped

if TYPE_CHECKING:
    from fedjury.task.roster_change import KnownRoster

app = typer.Typer(
    help="Who may submit updates: the rosters that stand, and proofs.", no_args_is_help=True
)
NextOption = Annotated[
    bool,
    typer.Option("--next", help="The roster that was set last, though it may not count yet."),
]


def _read(read: options.ReadOptions, *, newest: bool) -> "KnownRoster":
    """The roster of the round that is on, or the newest one, with its file."""
    from fedjury.runtime.patience import Patience
    from fedjury.task.roster_change import read_roster

    location = read.location()
    patience = Patience(read.patience)
    return read_roster(location.on_chain(patience), location.open_store(patience), newest=newest)


@app.command("show", epilog="Example: fedjury roster show --members > clients.txt")
@grouped
def show(
    read: options.ReadOptions,
    newest: NextOption = False,
    members: Annotated[
        bool, typer.Option("--members", help="List the members, one a line, and nothing else.")
    ] = False,
    as_json: options.JsonOption = False,
) -> None:
    """Show the roster of the round that is on, after holding its file against the chain."""
    from fedjury.cli.displays.rosters import show_roster
    from fedjury.cli.output import Output

    show_roster(_read(read, newest=newest), Output(as_json), members=members)


@app.command(
    "proof",
    epilog="Example: fedjury roster proof 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --json",
)
@grouped
def proof(
    account: Annotated[str, typer.Argument(metavar="ADDRESS", help="The client's address.")],
    read: options.ReadOptions,
    newest: NextOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """Show the hashes by which a client proves that it is in the roster: submitUpdate's last
    argument.

    It is an error if the address is not in it.
    """
    from fedjury.cli.displays.rosters import show_proof
    from fedjury.cli.output import Output
    from fedjury.task.roster_file import checked_address

    show_proof(_read(read, newest=newest), checked_address(account), Output(as_json))


@app.command("new", epilog="Example: fedjury roster new clients.txt --out roster.bin")
def new(
    file: Annotated[
        Path,
        typer.Argument(help="Text file with an address a line, # begins a comment; or JSON list."),
    ],
    out: Annotated[Path, typer.Option(help="The roster's file, as it is published: a new file.")],
    as_json: options.JsonOption = False,
) -> None:
    """Write a roster's file from a list of addresses, and show its root, without any chain."""
    from fedjury.cli.displays.rosters import show_made
    from fedjury.cli.output import Output
    from fedjury.errors import ConfigError
    from fedjury.runtime.files import write_whole
    from fedjury.task.roster_file import read_addresses, roster_of

    if out.exists():
        raise ConfigError(f"{out} exists, and is not overwritten: name another file by --out")
    roster = roster_of(read_addresses(file))
    write_whole(out, roster.to_bytes())
    show_made(roster, out, Output(as_json))
