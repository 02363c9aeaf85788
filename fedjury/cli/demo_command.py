"""`fedjury demo`: a whole federation in one go, poisoners included."""

import re
from pathlib import Path
from typing import Annotated

import typer

from clients.attacks import ATTACKS
from fedjury.cli import options
from fedjury.cli.demo.options import DemoOptions
from fedjury.cli.output import Output
from fedjury.cli.session import use_threads
from fedjury.data.scheme import SCHEMES
from fedjury.errors import ExitCode

EXAMPLE = (
    "Example: fedjury demo --chain ganache --store ipfs --data mnist --data-dir ./mnist --rounds 10"
)


def demo(
    chain: Annotated[str, typer.Option(help="embedded, ganache, or an RPC URL.")] = "embedded",
    store: Annotated[
        str,
        typer.Option(help="embedded, ipfs, or an IPFS API address."),
    ] = "embedded",
    keystore: Annotated[
        Path | None,
        typer.Option(help="A funded account, where the node has none."),
    ] = None,
    password_file: options.PasswordFileOption = None,
    data: Annotated[
        str, typer.Option(help="digits, mnist, idx:DIR or module:callable.")
    ] = "digits",
    data_dir: options.DataDirOption = None,
    clients: Annotated[int, typer.Option(min=1, help="How many clients.")] = 10,
    poisoners: Annotated[int, typer.Option(min=0, help="How many attack in each round.")] = 3,
    attack: Annotated[str, typer.Option(help=" or ".join(ATTACKS))] = "static-label",
    rule: Annotated[str, typer.Option(help="Verification rule.")] = "paper",
    partition: Annotated[
        str, typer.Option(help=f"How the training data are shared: {SCHEMES}.")
    ] = "iid",
    rounds: Annotated[int, typer.Option(min=1, help="How many rounds.")] = 10,
    lam: Annotated[
        float, typer.Option("--lambda", min=0, max=1, help="λ: how much of the old model stays.")
    ] = 0.5,
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 1,
    split_seed: Annotated[
        int, typer.Option(help="Splits the test data for the jury; 0: in the dataset's order.")
    ] = 0,
    name: Annotated[str | None, typer.Option(help="Of the run; default: made up.")] = None,
    runs: Annotated[Path, typer.Option(help="Directory for runs.")] = Path("runs"),
    threads: options.ThreadsOption = 1,
    as_json: options.JsonOption = False,
) -> None:
    """Run a federation with poisoners, show who is accepted and why, audit it, draw the curve.

    Contracts, jury and clients are the real ones. Without options the chain, the content store
    and the data are embedded and nothing else need be installed. Exits with 40 if the audit
    fails.
    """
    from fedjury.cli.demo.run import run_demo  # noqa: PLC0415 (needs fedjury[demo])

    use_threads(threads)
    chosen = DemoOptions(
        chain=chain,
        store=store,
        keystore=keystore,
        password_file=password_file,
        data=data,
        data_dir=data_dir,
        clients=clients,
        poisoners=poisoners,
        attack=attack,
        rounds=rounds,
        lam=lam,
        seed=seed,
        split_seed=split_seed,
        rule=rule,
        partition=partition,
        directory=runs / (name or f"{_plain(data)}-{poisoners}of{clients}-seed{seed}"),
    )
    if not run_demo(chosen, Output(as_json)):
        raise typer.Exit(int(ExitCode.AUDIT_MISMATCH))


def _plain(data: str) -> str:
    """What names the data, as part of a directory's name."""
    return re.sub(r"[:/]+", "-", data).strip("-")
