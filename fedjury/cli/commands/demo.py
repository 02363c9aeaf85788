"""`fedjury demo`: a whole federation in one go, poisoners included."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from fedjury.cli import options
from fedjury.cli.environment_options import EnvironmentOptions
from fedjury.cli.grouped import grouped
from fedjury.clients.attacks.registry import ATTACKS
from fedjury.errors import ExitCode

EXAMPLE = (
    "Example: fedjury demo --chain ganache --store ipfs --data mnist --data-dir ./mnist --rounds 10"
)


@dataclass(frozen=True)
class FederationOptions:
    """The federation to show."""

    data: Annotated[str, typer.Option(help=f"The dataset: {options.DATASETS}.")] = "digits"
    data_dir: options.DataDirOption = None
    clients: Annotated[int, typer.Option(min=1, help="Number of clients.")] = 10
    poisoners: Annotated[
        int, typer.Option(min=0, help="Number of clients that attack in each round.")
    ] = 3
    attack: Annotated[str, typer.Option(help=f"The attack: {' or '.join(ATTACKS)}.")] = (
        "static-label"
    )
    rule: Annotated[str, typer.Option(help="The verification rule.")] = "paper"
    partition: Annotated[
        str, typer.Option(help=f"How the training data are shared: {options.SCHEMES}.")
    ] = "iid"
    rounds: Annotated[int, typer.Option(min=1, help="Number of rounds.")] = 10
    lam: Annotated[float | None, typer.Option("--lambda", min=0, max=1, help=options.LAMBDA)] = None
    seed: Annotated[int, typer.Option(help="Seed of everything that is drawn.")] = 1
    split_seed: options.SplitSeedOption = 0
    relay: Annotated[
        bool,
        typer.Option(
            "--relay",
            help="No client has ether: all go through a relay, which submits each round's updates "
            "as one batch.",
        ),
    ] = False
    jurors: Annotated[
        int,
        typer.Option(
            min=1,
            max=128,
            help="Number of jurors, of whom more than two thirds sign each report. One: a single "
            "key signs, and whoever has it writes any model.",
        ),
    ] = 1

    @property
    def name(self) -> str:
        """The run's name, unless it has another.

        Rule, attack, partition, relay and jurors are said where they are not the defaults.
        """
        changed = [
            given
            for given, usual in (
                (self.rule, FederationOptions.rule),
                (self.attack, FederationOptions.attack),
                (self.partition, FederationOptions.partition),
            )
            if given != usual
        ]
        if self.relay:
            changed.append("relay")
        if self.jurors > 1:
            changed.append(f"{self.jurors}jurors")
        words = [self.data, f"{self.poisoners}of{self.clients}", f"seed{self.seed}", *changed]
        return "-".join(re.sub(r"[:/]+", "-", word).strip("-") for word in words)


@grouped
def demo(
    place: EnvironmentOptions,
    federation: FederationOptions,
    name: Annotated[
        str | None, typer.Option(help="The run's name; default: made of the settings.")
    ] = None,
    runs: Annotated[Path, typer.Option(help="Directory for runs.")] = Path("runs"),
    threads: options.ThreadsOption = 1,
    as_json: options.JsonOption = False,
) -> None:
    """Run a federation with poisoners, show who is accepted and why, audit it, draw the curve.

    Contracts, jury and clients are the real ones. Without options the chain, the content store
    and the data are embedded and nothing else need be installed. Exits with 40 if the audit
    fails.
    """
    import torch

    from fedjury.cli.displays.demo import DemoDisplay, show_run
    from fedjury.cli.output import Output
    from fedjury.simulation.demo.options import DemoOptions, demo_scenario
    from fedjury.simulation.demo.run import run_demo

    torch.set_num_threads(threads)
    settings = {key: value for key, value in vars(federation).items() if key != "data_dir"}
    scenario = demo_scenario(**settings)
    directory = runs / (name or federation.name)
    chosen = DemoOptions(
        scenario, place.environment(), directory, federation.data_dir, federation.lam is not None
    )
    output = Output(as_json)
    with DemoDisplay(scenario.rounds, scenario.clients + 1, output) as display:
        run = run_demo(chosen, display.listen)
    show_run(run, chosen, output)
    if not run.audit.passed:
        raise typer.Exit(int(ExitCode.AUDIT_MISMATCH))
