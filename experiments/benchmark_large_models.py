"""What a large model costs every process of a federation: time, memory and requests.

python -m experiments.benchmark_large_models
python -m experiments.benchmark_large_models --megabytes 20 --store directory --json

One round on a devnet's chain and IPFS daemon, each process after the other and by itself: the
coordinator that creates the task, the clients, the juror, an audit without the samples and one with
them. Memory is the most that a process held during a stage beyond what it held before it opened the
task, in sizes of the model's file; of one tensor in float64 there are two. Where the system does
not tell peaks anew for each stage (all but Linux), a stage's is the most so far.

Exit codes: 0; 1 a process fails; 2 wrong usage; 10 a file that is missing; 50 the devnet does not
start; 130 interrupted.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

from experiments.judging_benchmark.progress import Watch
from experiments.large_models.results import (
    Measured,
    read_results,
    report,
    to_json,
    write_results,
)
from experiments.large_models.run import DIRECTORY, IPFS, measure
from fedjury.errors import ExitCode, FedjuryError

MEGABYTES = (100, 500)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options; the command line's unless arguments are given."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add: Callable[..., object] = parser.add_argument
    add("--megabytes", type=int, action="append", help="size of a model; repeatable")
    add("--clients", type=int, default=2, help="of a federation")
    add("--store", choices=(IPFS, DIRECTORY), default=IPFS, help="where the files lie")
    add("--json", action="store_true", help="print JSON")
    add("--output", type=Path, help="write the figures into this file")
    add("--measured", type=Path, help="take the figures from this file instead of measuring")
    return parser.parse_args(arguments)


def measure_all(options: argparse.Namespace) -> list[Measured]:
    """Run a federation of each size.

    Raises:
        FedjuryError: as `measure`.
    """
    found = []
    with Watch() as watch:
        for megabytes in options.megabytes or MEGABYTES:
            with tempfile.TemporaryDirectory(prefix="fedjury-large-") as name:
                found.append(measure(megabytes, options.clients, options.store, Path(name), watch))
            if options.output:
                write_results(found, options.output)
    return found


def show(measured: Sequence[Measured], as_json: bool) -> None:
    """Print what was measured."""
    if as_json:
        print(json.dumps(to_json(measured)))
        return
    text, console = report(measured), Console()
    if console.is_terminal:
        console.print(Markdown(text))
    else:
        print(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    options = parse(arguments)
    try:
        measured = read_results(options.measured) if options.measured else measure_all(options)
    except FedjuryError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    show(measured, options.json)
    return ExitCode.OK


if __name__ == "__main__":
    sys.exit(main())
