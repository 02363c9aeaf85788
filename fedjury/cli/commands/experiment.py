"""`fedjury experiment`: federations from a file, swept and compared."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from fedjury.cli import options
from fedjury.cli.grouped import grouped
from fedjury.errors import ExitCode

EXAMPLE = "Example: fedjury experiment experiments/example.toml --set rounds=5 --jobs 4"


@dataclass(frozen=True)
class LiveOptions:
    """Where scenarios run live."""

    chain: Annotated[
        str | None,
        typer.Option(help="Run live, one at a time: embedded, ganache, anvil, or an RPC URL."),
    ] = None
    store: Annotated[
        str,
        typer.Option(help="Content store of live runs: embedded, ipfs, or an IPFS API address."),
    ] = "embedded"
    keystore: Annotated[
        Path | None,
        typer.Option(help="Keystore of a funded account for live runs, where the node has none."),
    ] = None
    password_file: options.PasswordFileOption = None


@grouped
def experiment(
    file: Annotated[
        Path, typer.Argument(help="Experiment file, TOML or JSON; see docs/experiments.md.")
    ],
    live: LiveOptions,
    change: Annotated[
        list[str] | None,
        typer.Option("--set", help="A setting for every federation, as data=digits; repeatable."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Directory for results.")] = Path("runs/experiments"),
    result: Annotated[
        Path | None,
        typer.Option(
            "--output",
            help="File for all results; default: NAME.json in the directory for results.",
        ),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Number of scenarios at a time; default: one a core.")
    ] = None,
    data_dir: options.DataDirOption = None,
    plot: Annotated[bool, typer.Option(help="Draw the plots.")] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list the scenarios.")] = False,
    threads: Annotated[
        int,
        typer.Option(
            min=1, help="CPU threads for torch in each scenario; changes the last digits."
        ),
    ] = 1,
    as_json: options.JsonOption = False,
) -> None:
    """Run every federation that a file describes, lists swept, and compare them.

    Scenarios that are done already are not run again, so the same command goes on where it was
    stopped. Runs the code of clients and jury without a chain, or with --chain all of it, and
    audits it then. Exits with 60 if a scenario failed, with 40 if an audit did, and with 130 if it
    was interrupted.
    """
    from fedjury.cli.displays.experiment import SweepDisplay, show_outcome, show_scenarios
    from fedjury.cli.output import Output
    from fedjury.runtime.signals import stop_on_signals
    from fedjury.simulation.experiment import load_experiment, parse_changes
    from fedjury.simulation.live.environment import Environment
    from fedjury.simulation.summary import varying_keys
    from fedjury.simulation.sweep import Sweep, SweepOptions

    loaded = load_experiment(file, parse_changes(change or []))
    environment = None
    if live.chain is not None:
        environment = Environment(live.chain, live.store, out, live.keystore, live.password_file)
    workers = jobs or os.cpu_count() or 1
    sweep = Sweep(loaded, SweepOptions(out, result, workers, threads, data_dir, plot, environment))
    output = Output(as_json)
    if dry_run:
        show_scenarios(loaded, sweep, output)
        return
    stop = stop_on_signals()
    with SweepDisplay(sweep.missing, varying_keys(loaded.scenarios), output) as display:
        outcome = sweep.run(display.listen, stop.is_set)
    show_outcome(loaded, outcome, output)
    if stop.is_set():
        raise typer.Exit(int(ExitCode.INTERRUPTED))
    if outcome.failed:
        raise typer.Exit(int(ExitCode.SCENARIO_FAILED))
    if not outcome.audits_passed:
        raise typer.Exit(int(ExitCode.AUDIT_MISMATCH))
