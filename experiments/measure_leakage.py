"""What an attacker learns of the jury's secret samples from what a task publishes.

python -m experiments.measure_leakage --data digits --quick
python -m experiments.measure_leakage --json --output leakage.json
FEDJURY_DATA=~/mnist python -m experiments.measure_leakage --write-docs

An attacker has samples of its own, 128 candidates of which half are the jury's, and the global
model. Each question is an update: under λ-mixing p can be any model, so it is one that is right on
chosen samples alone. Questions go through the project's own rule and evaluation, without a chain;
the models are real ones of the paper's shape, with a neuron for each chosen sample. The global
model is held still meanwhile. Besides: what knowing half of the set is worth, and how often chance
decides on small slices (exact, by sums over binomials).

Exit codes: 0; 1 where --check finds a difference; 2 wrong usage; 10 or 11 a file or data that are
missing; 130 interrupted.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

from experiments.judging_benchmark.progress import Watch
from experiments.leakage.plot import draw
from experiments.leakage.results import Results, read_results, write_results
from experiments.leakage.run import Order, measure
from experiments.leakage.scene import RECIPES
from experiments.leakage.tables import report, tables_of
from experiments.reporting.filling import check_page, fill_page
from fedjury.errors import ExitCode, FedjuryError

HERE = Path(__file__).parent
COMMITTED = HERE / "results" / "leakage.json"
DOCS = HERE.parent / "docs"
PAGE, PLOT = DOCS / "security.md", DOCS / "security" / "leakage.png"
SCENES = {"digits": 5, "mnist": 3}


def write_docs(results: Results) -> None:
    """Write the tables of docs/security.md and its plot anew.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    fill_page(PAGE, tables_of(results))
    draw(results, PLOT)
    print(f"wrote {PAGE.name} and {PLOT.name}", file=sys.stderr)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options; the command line's unless arguments are given."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add: Callable[..., object] = parser.add_argument
    add(
        "--data",
        choices=tuple(RECIPES),
        action="append",
        help="repeatable; else digits, and mnist if its files are named",
    )
    directory = os.environ.get("FEDJURY_DATA")
    add("--data-dir", type=Path, default=directory, help="MNIST's files; else $FEDJURY_DATA")
    add(
        "--quick",
        action="store_true",
        help="one scene of each, and no model that is taught wrongly",
    )
    add("--json", action="store_true", help="print JSON")
    add("--output", type=Path, help="write the figures into this file")
    add("--measured", type=Path, help="take the figures from this file instead of measuring")
    add(
        "--write-docs",
        action="store_true",
        help="write docs/security.md's tables, plot and figures",
    )
    add("--check", action="store_true", help="only compare the page with the committed figures")
    return parser.parse_args(arguments)


def order_of(options: argparse.Namespace) -> Order:
    """What the options ask for; MNIST only where its files are named, unless it is asked for."""
    usual = ["digits", "mnist"] if options.data_dir else ["digits"]
    chosen = options.data or usual
    scenes = {data: 1 if options.quick else SCENES[data] for data in chosen}
    return Order(scenes, options.data_dir, halves=not options.quick)


def show(results: Results, as_json: bool) -> None:
    """Print what was measured."""
    if as_json:
        print(json.dumps(results.to_json()))
        return
    text, console = report(results), Console()
    if console.is_terminal:
        console.print(Markdown(text))
    else:
        print(text)


def perform(options: argparse.Namespace) -> int:
    """Do what the options say; the exit code.

    Raises:
        FedjuryError: something is missing or fails.
    """
    if options.check:
        return check_page(PAGE, tables_of(read_results(COMMITTED)))
    paths = [options.output] if options.output else []
    paths += [COMMITTED] if options.write_docs else []

    def keep(results: Results) -> None:
        for path in paths:
            write_results(results, path)

    if options.measured:
        results = read_results(options.measured)
        keep(results)
    else:
        with Watch() as watch:
            results = measure(order_of(options), watch, keep)
    if options.write_docs:
        write_docs(results)
    show(results, options.json)
    return ExitCode.OK


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    options = parse(arguments)
    try:
        return perform(options)
    except FedjuryError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
