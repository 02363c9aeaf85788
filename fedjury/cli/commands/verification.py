"""`fedjury verification`: the samples that a jury judges on, made by whoever may see them."""

from pathlib import Path
from typing import Annotated

import typer

from fedjury.cli import options

app = typer.Typer(help="The jury's private samples: make them, look at them.", no_args_is_help=True)


@app.command("new", epilog="Example: fedjury verification new --data mnist --data-dir ./mnist")
def new(
    data: Annotated[str, typer.Option(help=f"The dataset: {options.DATASETS}.")] = "digits",
    data_dir: options.DataDirOption = None,
    split_seed: options.SplitSeedOption = 0,
    slices: Annotated[
        int,
        typer.Option(
            min=1,
            max=10_000,
            help="Number of slices: 1 serves every round; several serve a round each.",
        ),
    ] = 1,
    samples: Annotated[
        int | None, typer.Option(min=1, help="Samples of each slice; default: all that fit.")
    ] = None,
    rest: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Samples that stay in no slice at least; default: with several slices as many "
            "as a slice has.",
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Directory to write to.")] = options.VERIFICATION,
    as_json: options.JsonOption = False,
) -> None:
    """Make the jury's sample files from the jury's half of a dataset's test part.

    One slice serves every round, as in the paper. With several, a task has as many rounds, each is
    judged on its own slice, and slices can be disclosed later so that anyone derives the verdicts.
    They are disjoint and drawn at random; nothing that is published tells who is in which.

    The slices are for jurors only; commitments.json is for whoever deploys, who need not see them.
    """
    from fedjury.cli.displays.verification import show_made
    from fedjury.cli.output import Output
    from fedjury.data import load_dataset
    from fedjury.data.making import jury_half, make_slices, require_unused
    from fedjury.data.slicing import choose_sizes

    require_unused(out)
    judged = jury_half(load_dataset(data, data_dir), split_seed)
    sizes = choose_sizes(len(judged), slices, samples, rest)
    show_made(make_slices(judged, sizes, out), sizes, Output(as_json))


@app.command(
    "show",
    epilog="Example: fedjury verification show .fedjury/verification/slice-1-*.safetensors",
)
def show(
    file: Annotated[Path, typer.Argument(help="A slice's file.")],
    commitments: Annotated[
        Path | None,
        typer.Option(help="Commitments that the slice has to be one of, as commitments.json."),
    ] = None,
    as_json: options.JsonOption = False,
) -> None:
    """Show what a slice's file commits to and holds; what is printed is private, too.

    With --commitments it is an error if the slice is none of them.
    """
    from fedjury.cli.displays.verification import show_slice
    from fedjury.cli.output import Output
    from fedjury.data.commitments import read_commitments
    from fedjury.data.verification import load_verification_set
    from fedjury.errors import DataError

    verification = load_verification_set(file)
    number = None
    if commitments is not None:
        known = [(each.samples, each.commitment) for each in read_commitments(commitments)]
        mine = (len(verification), verification.commitment())
        if mine not in known:
            raise DataError(f"{file}, {mine[1]}, is no slice of {commitments}")
        number = known.index(mine) + 1
    show_slice(verification, number, Output(as_json))
