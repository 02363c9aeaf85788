"""`fedjury coordinator`: what a task's coordinator may do. None of it touches a verdict."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fedjury.cli import handing_over, options
from fedjury.cli.coordinating import CoordinatorOptions, open_task, send
from fedjury.cli.grouped import grouped

if TYPE_CHECKING:
    from fedjury.chain.transactions.call import ContractCall
    from fedjury.protocol.roster import Roster
    from fedjury.store import ContentStore
    from fedjury.task.on_chain import TaskOnChain

app = typer.Typer(
    help="Set the roster, announce a jury, name relayers, void, hand over: what a task's "
    "coordinator may do.",
    no_args_is_help=True,
)
JurorsArgument = Annotated[list[str], typer.Argument(help="Addresses of the jurors.")]
RelayerArgument = Annotated[str, typer.Argument(help="Address of the relayer.")]
ClientsArgument = Annotated[list[str] | None, typer.Argument(help="Addresses of the clients.")]
FromOption = Annotated[
    Path | None,
    typer.Option(
        "--from",
        help="File with further addresses: one a line, # begins a comment; or a JSON list.",
    ),
]


@dataclass(frozen=True)
class RosterOptions(CoordinatorOptions):
    """The same, and the content store, where rosters' files are."""

    store: options.StoreOption = None


def _set_roster(
    chosen: RosterOptions, choose: "Callable[[TaskOnChain, ContentStore], Roster]"
) -> None:
    """Publish a roster's file and have the contract take the roster from the next round on."""
    from fedjury.chain.contracts.events import RosterSet, event_of
    from fedjury.cli.displays.coordinated import show_roster
    from fedjury.cli.output import Output
    from fedjury.cli.streams import complain_of
    from fedjury.runtime.patience import Patience
    from fedjury.task.location import find_location
    from fedjury.task.rosters import publish_roster

    def prepare(task: "TaskOnChain") -> "ContractCall":
        _require_successor(task, "roster")
        location = find_location(chosen.deployment, chosen.rpc, chosen.store, listener=complain_of)
        store = location.open_store(Patience(chosen.patience))
        roster = choose(task, store)
        return task.contract.set_roster(roster, publish_roster(store, roster))

    task, receipt = send(chosen, prepare)
    event = event_of(receipt, task.contract.address, RosterSet)
    show_roster(task.config, event, receipt, Output(chosen.as_json))


def _require_successor(task: "TaskOnChain", what: str) -> None:
    """Make sure that a round follows, from which on what is set could count.

    Raises:
        ConfigError: the task is in its last round, or finished.
    """
    from fedjury.errors import ConfigError

    last = task.config.rounds
    if last and (number := task.contract.current_round().number) >= last:
        state = "is finished" if number > last else "is in its last round"
        raise ConfigError(
            f"the task {state}, {last} of {last}: no round follows in which another {what} could "
            "count, so nothing is sent"
        )


def _addresses(given: "Sequence[str] | None", file: Path | None) -> list[str]:
    """The addresses given and those in the file.

    Raises:
        ConfigError: none, one twice, or what is no address.
    """
    from fedjury.errors import ConfigError
    from fedjury.task.roster_file import all_addresses

    found = all_addresses(given or [], file)
    if not found:
        raise ConfigError("say addresses, or a file that lists them by --from")
    return found


@app.command("void", epilog="Example: fedjury coordinator void 3 --keystore coordinator.json")
@grouped
def void(
    round_number: Annotated[int, typer.Argument(min=1, help="Number of the overdue round.")],
    chosen: CoordinatorOptions,
) -> None:
    """Give up a round that was not finalized in time; the model stays, and the next round opens.

    The coordinator may from the deadline and the grace time on, whether the round is closed or
    short of updates. Anybody else, with any keystore, may from ten times the grace time on, if the
    round is closed.
    """
    from fedjury.cli.displays.coordinated import show_voided
    from fedjury.cli.output import Output

    task, receipt = send(chosen, lambda task: task.contract.void_round(round_number), anybody=True)
    show_voided(task.config, round_number, receipt, Output(chosen.as_json))


@app.command(
    "set-jury",
    epilog="Example: fedjury coordinator set-jury 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 "
    "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC --keystore coordinator.json",
)
@grouped
def set_jury(
    jurors: JurorsArgument,
    chosen: CoordinatorOptions,
    quorum: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Number of jurors that must sign, more than two thirds; default: the fewest "
            "possible.",
        ),
    ] = None,
) -> None:
    """Announce the next jury: it enters after the task's notice, or with the jury's consent.

    Announced again, the clock starts anew. To take an announcement back, announce the sitting jury,
    which then enters with the next report as a version of its own.
    """
    from fedjury.chain.contracts.events import JuryAnnounced, event_of
    from fedjury.cli.displays.coordinated import show_jury
    from fedjury.cli.output import Output
    from fedjury.protocol.juries import least_quorum

    members = _addresses(jurors, None)
    needed = quorum or least_quorum(len(members))

    def prepare(task: "TaskOnChain") -> "ContractCall":
        _require_successor(task, "jury")
        return task.contract.set_jury(members, needed)

    task, receipt = send(chosen, prepare)
    event = event_of(receipt, task.contract.address, JuryAnnounced)
    sitting = event.jury == task.contract.jury().hash
    show_jury(event, receipt, Output(chosen.as_json), sitting=sitting)


@app.command(
    "set-roster",
    epilog="Example: fedjury coordinator set-roster --from clients.txt --keystore coordinator.json",
)
@grouped
def set_roster(
    chosen: RosterOptions,
    clients: ClientsArgument = None,
    file: FromOption = None,
    nobody: Annotated[
        bool, typer.Option("--nobody", help="Set a roster of nobody: no update can be submitted.")
    ] = False,
) -> None:
    """Say who may submit updates from the next round on, and nobody else.

    Set again in the same round, the last roster counts. Every client proves anew that it is in it.
    """
    from fedjury.errors import ConfigError
    from fedjury.task.roster_file import roster_of

    if nobody and (clients or file):
        raise ConfigError("say either --nobody or who is in the roster")
    roster = roster_of([] if nobody else _addresses(clients, file))
    _set_roster(chosen, lambda task, store: roster)


@app.command(
    "add-clients",
    epilog="Example: fedjury coordinator add-clients 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 "
    "--keystore coordinator.json",
)
@grouped
def add_clients(
    chosen: RosterOptions, clients: ClientsArgument = None, file: FromOption = None
) -> None:
    """Let further clients submit updates from the next round on: the newest roster and these."""
    from fedjury.task.roster_change import read_roster

    added = _addresses(clients, file)
    _set_roster(chosen, lambda task, store: read_roster(task, store).with_members(added))


@app.command(
    "remove-clients",
    epilog="Example: fedjury coordinator remove-clients 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 "
    "--keystore coordinator.json",
)
@grouped
def remove_clients(
    chosen: RosterOptions, clients: ClientsArgument = None, file: FromOption = None
) -> None:
    """Let clients submit nothing from the next round on: the newest roster without these."""
    from fedjury.task.roster_change import read_roster

    gone = _addresses(clients, file)
    _set_roster(chosen, lambda task, store: read_roster(task, store).without_members(gone))


@app.command(
    "add-relayer",
    epilog="Example: fedjury coordinator add-relayer 0x90F79bf6EB2c4f870365E785982E1f101E93b906 "
    "--keystore coordinator.json",
)
@grouped
def add_relayer(relayer: RelayerArgument, chosen: CoordinatorOptions) -> None:
    """Let an account submit batches of updates, from now on; `fedjury relay` runs with its key."""
    _set_relayer(chosen, relayer, allowed=True)


@app.command(
    "remove-relayer",
    epilog="Example: fedjury coordinator remove-relayer 0x90F79bf6EB2c4f870365E785982E1f101E93b906 "
    "--keystore coordinator.json",
)
@grouped
def remove_relayer(relayer: RelayerArgument, chosen: CoordinatorOptions) -> None:
    """Let an account submit no batches any more, from now on; what it has submitted stays."""
    _set_relayer(chosen, relayer, allowed=False)


def _set_relayer(chosen: CoordinatorOptions, given: str, *, allowed: bool) -> None:
    """Have the contract know whether an account may submit batches, unless it does already."""
    from fedjury.cli.displays.coordinated import show_relayer
    from fedjury.cli.output import Output
    from fedjury.task.roster_file import checked_address

    relayer = checked_address(given)

    task, sender = open_task(chosen)
    receipt = None
    if task.contract.is_relayer(relayer) is not allowed:
        receipt = sender.send(task.contract.set_relayer(relayer, allowed=allowed))
    show_relayer(task.config, relayer, receipt, Output(chosen.as_json), allowed=allowed)


app.command("hand-over", epilog=handing_over.HAND_OVER_EXAMPLE)(grouped(handing_over.hand_over))
app.command("accept", epilog=handing_over.ACCEPT_EXAMPLE)(grouped(handing_over.accept))
