"""`fedjury events`: what happened to every update, and why; and whatever else happened."""

from typing import TYPE_CHECKING, Annotated

import typer

from fedjury.cli import options
from fedjury.cli.grouped import grouped

if TYPE_CHECKING:
    from fedjury.cli.displays.updates import Row
    from fedjury.cli.output import Output
    from fedjury.runtime.patience import Patience
    from fedjury.task.history import TaskHistory
    from fedjury.task.location import TaskLocation
    from fedjury.task.on_chain import TaskOnChain

EXAMPLE = (
    "Example: fedjury events --rejected --client 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --json"
)


@grouped
def events(
    read: options.ReadOptions,
    round_number: Annotated[
        int | None, typer.Option("--round", min=1, help="Show this round only.")
    ] = None,
    client: Annotated[str | None, typer.Option(help="Show this client only.")] = None,
    accepted: Annotated[
        bool | None, typer.Option("--accepted/--rejected", help="Show these only; default: both.")
    ] = None,
    reasons: Annotated[
        bool,
        typer.Option(
            "--reasons", help="Say why, as the rounds' records in the content store have it."
        ),
    ] = False,
    everything: Annotated[
        bool,
        typer.Option(
            "--all",
            help="List all events instead: rounds, updates, reports, rosters, juries, disclosures.",
        ),
    ] = False,
    as_json: options.JsonOption = False,
) -> None:
    """List updates with their verdicts. Reads the chain alone, no files, but for --reasons.

    The chain does not say who is in a batch: without --reasons each batch is one line with a tally
    of its verdicts, with it each of its updates has a line, once its round is reported.

    A record is what a quorum of the jury signed; whether it is right, `fedjury audit` finds out.
    One that the store lacks, or that makes no sense, is told on standard error, and with --json by
    `"record": "missing"` or `"senseless"`.
    """
    from fedjury.cli.displays.updates import not_looked_into, show_updates, update_rows
    from fedjury.cli.output import Output
    from fedjury.cli.streams import complain
    from fedjury.errors import ConfigError
    from fedjury.runtime.patience import Patience
    from fedjury.task.roster_file import checked_address

    if everything and (reasons or accepted is not None):
        given = "--reasons" if reasons else "--accepted" if accepted else "--rejected"
        raise ConfigError(f"--all lists events as they are: leave out {given}")
    chosen = client and checked_address(client)
    location = read.location()
    patience = Patience(read.patience)
    task = location.on_chain(patience)
    output = Output(as_json)
    if everything:
        _show_all(task, round_number, chosen, output)
        return
    history = task.read_history(task.chain.block())
    if reasons:
        rows, notes = _explained(
            history, (round_number, chosen, accepted), task, location, patience
        )
    else:
        rows = update_rows(history, round_number, chosen, accepted)
        notes = [not_looked_into(history, round_number, chosen)]
    show_updates(rows, task.contract.address, output, reasons=reasons)
    for note in filter(None, notes):
        complain(f"note: {note}\n")


def _show_all(
    task: "TaskOnChain", round_number: int | None, client: str | None, output: "Output"
) -> None:
    """Show events as they are, of this round and this client; None shows those of all."""
    from fedjury.cli.displays.chain_events import chosen_events, show_events, sitting_juries

    found = task.read_all_events(task.chain.block())
    chosen = chosen_events(found, round_number, client)
    show_events(chosen, task.contract.address, output, sitting_juries(found))


def _explained(
    history: "TaskHistory",
    wanted: tuple[int | None, str | None, bool | None],
    task: "TaskOnChain",
    location: "TaskLocation",
    patience: "Patience",
) -> "tuple[list[Row], list[str]]":
    """The wanted rows with what the records in the store say, and notes on what they lack.

    Args:
        history: of the task.
        wanted: round, client and whether accepted; None takes all.
        task: of the history.
        location: says where the store is.
        patience: with the store.
    """
    from fedjury.cli.displays.reasons import (
        senseless_records,
        with_reasons,
        without_records,
        without_reports,
    )
    from fedjury.cli.displays.updates import chosen_rows, is_batch, update_rows
    from fedjury.errors import SpecError, StoreUnavailable
    from fedjury.task.files import fetch_spec
    from fedjury.task.records import find_record

    store = location.open_store(patience)
    store.check()
    try:
        spec = fetch_spec(store, task.config.spec_digest)
    except (StoreUnavailable, SpecError):
        spec = None
    number, client, accepted = wanted
    rows = update_rows(history, number)
    # a batch's updates may be wanted, whatever is known of the batch
    rows = [row for row in rows if is_batch(row) or chosen_rows([row], client, accepted)]
    rows = with_reasons(rows, history, lambda end: find_record(store, end), spec)
    notes = [without_records(rows), senseless_records(rows), without_reports(rows)]
    return chosen_rows(rows, client, accepted), notes
