"""The options of `fedjury deploy` that are about timing and size of the rounds."""

from dataclasses import dataclass
from typing import Annotated

import typer

from fedjury.cli.deploy_options import LARGEST


@dataclass(frozen=True)
class RoundOptions:
    """Timing and size of the rounds."""

    rounds: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=LARGEST,
            help="Number of rounds after which the task ends, 0: never; default: 10, or one for "
            "each of several slices.",
        ),
    ] = None
    round_seconds: Annotated[
        int, typer.Option(min=1, max=LARGEST, help="Length of a round's window in seconds.")
    ] = 600
    batch_seconds: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=LARGEST,
            help="Seconds from a round's opening on in which relayers may submit batches, 0: "
            "never; the rest is left to clients who are missing from them. Default: two thirds "
            "of the round where there is a --relayer, else 0.",
        ),
    ] = None
    availability_seconds: Annotated[
        int,
        typer.Option(
            min=1,
            max=LARGEST,
            help="Seconds from a round's closing in which its files have to arrive; "
            "confirmations have to fit into them.",
        ),
    ] = 60
    grace_seconds: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=LARGEST,
            help="Seconds from a round's deadline on before it may be voided, at least four times "
            "--availability-seconds; default: just that.",
        ),
    ] = None
    notice_seconds: Annotated[
        int,
        typer.Option(
            min=0,
            max=LARGEST,
            help="Seconds from a jury's announcement on after which it takes over without the "
            "consent of the one before, 86400 to 7776000.",
        ),
    ] = 7 * 86_400
    min_updates: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Number of updates that a round needs to close, at most --max-updates; default: "
            "half the clients.",
        ),
    ] = None
    max_updates: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Number of updates that a round takes at most of clients who submit themselves, "
            "fixed for good. With those in batches there are 120000 at most. Default: 100000, the "
            "most there can be, so that later rosters may be larger; with batches 60000, or fewer "
            "so that a larger roster fits into these. It only caps: rounds close and cost by the "
            "updates that they have.",
        ),
    ] = None
    confirmations: Annotated[
        str,
        typer.Option(
            help="With how many confirmations clients and jurors read the chain, or `safe` or "
            "`finalized`, unless they are told otherwise."
        ),
    ] = "0"
