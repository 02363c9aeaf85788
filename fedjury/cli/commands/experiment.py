"""`fedjury experiment`: federations from a file, swept and compared."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fedjury.cli import options
from fedjury.cli.grouped import grouped
from fedjury.errors import ConfigError, ExitCode

if TYPE_CHECKING:
    from fedjury.simulation.live.environment import Environment
    from fedjury.simulation.sweep import SweepOptions, SweepOutcome

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
        typer.Option(
            help="Content store of live runs: embedded, ipfs, an IPFS API address, or dir:PATH."
        ),
    ] = "embedded"
    keystore: Annotated[
        Path | None,
        typer.Option(help="Keystore of a funded account for live runs, where the node has none."),
    ] = None
    password_file: options.PasswordFileOption = None

    def environment(self) -> "Environment | None":
        """Where to run live; None without a chain."""
        from fedjury.simulation.live.environment import Environment

        if self.chain is None:
            return None
        return Environment(self.chain, self.store, self.keystore, self.password_file)


@dataclass(frozen=True)
class SweepSettings:
    """How the scenarios are run, and where their results go."""

    out: Annotated[Path, typer.Option(help="Directory for results.")] = Path("runs/experiments")
    result: Annotated[
        Path | None,
        typer.Option(
            "--output",
            help="File for all results; default: NAME.json in the directory for results.",
        ),
    ] = None
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Number of scenarios at a time; default: one a core.")
    ] = None
    data_dir: options.DataDirOption = None
    plot: Annotated[bool, typer.Option(help="Draw the plots.")] = True

    def sweep_options(self, threads: int, live: LiveOptions) -> "SweepOptions":
        """All that a sweep has to know.

        Args:
            threads: for torch in each scenario.
            live: where scenarios run live.
        """
        from fedjury.simulation.sweep import SweepOptions

        jobs, environment = self.jobs or os.cpu_count() or 1, live.environment()
        return SweepOptions(
            self.out, self.result, jobs, threads, self.data_dir, self.plot, environment
        )


@grouped
def experiment(
    *,
    file: Annotated[
        Path, typer.Argument(help="Experiment file, TOML or JSON; see docs/experiments.md.")
    ],
    live: LiveOptions,
    change: Annotated[
        list[str] | None,
        typer.Option("--set", help="A setting for every federation, as data=digits; repeatable."),
    ] = None,
    settings: SweepSettings,
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
    from fedjury.runtime.signals import BETWEEN_STEPS, end_in
    from fedjury.simulation.experiment import load_experiment, parse_changes
    from fedjury.simulation.plotting import require_matplotlib
    from fedjury.simulation.summary import varying_keys
    from fedjury.simulation.sweep import Sweep

    with _worded("--set: {}"):
        changes = parse_changes(change or [])
    loaded, output = load_experiment(file, changes), Output(as_json)
    sweep = Sweep(loaded, settings.sweep_options(threads, live))
    if dry_run:
        show_scenarios(loaded, sweep, output)
        return
    if settings.plot:
        with _worded("{}, or say --no-plot"):
            require_matplotlib()
    stop = end_in(BETWEEN_STEPS)
    with SweepDisplay(sweep.missing, varying_keys(loaded.scenarios), output) as display:
        outcome = sweep.run(display.listen, stop.is_set)
    show_outcome(loaded, outcome, output)
    _exit(stop.is_set(), outcome)


def _exit(interrupted: bool, outcome: "SweepOutcome") -> None:
    """End with the exit code that says what went wrong first, if anything did."""
    for happened, code in (
        (interrupted, ExitCode.INTERRUPTED),
        (outcome.failed, ExitCode.SCENARIO_FAILED),
        (not outcome.audits_passed, ExitCode.AUDIT_MISMATCH),
    ):
        if happened:
            raise typer.Exit(int(code))


@contextmanager
def _worded(form: str) -> Iterator[None]:
    """Add to an error what it means on this command line.

    Args:
        form: the new sentence, with {} for the error's own.
    """
    try:
        yield
    except ConfigError as error:
        raise ConfigError(form.format(error)) from error
