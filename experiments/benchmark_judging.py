"""How fast judging is, beside one bare product, plain loops and the code before.

python -m experiments.benchmark_judging --quick
python -m experiments.benchmark_judging --only update --only rules --json
FEDJURY_DATA=~/mnist python -m experiments.benchmark_judging --write-docs

Contestants run in turn in one process, so that all see the same machine; figures are medians of
the ratios of each turn. The parts: `update`, what one update costs by the rule `paper`; `steps`, of
which steps; `rules`, rounds by every rule; `sizes` of samples and hidden layers; `models`, a conv
net and one with attention; `memory`, peaks of processes of their own; `federation`, whole ones
beside plain averaging, for which MNIST is needed. "Before" is the code at a commit of the history;
a checkout without history takes its ratios from the committed file and marks them.

Exit codes: 0; 1 where --check finds a difference, or --strict a goal that is not met; 2 wrong
usage; 10 or 11 a file or data that are missing; 130 interrupted.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

from experiments.judging_benchmark.before import code_before
from experiments.judging_benchmark.goals import goals
from experiments.judging_benchmark.plot import draw
from experiments.judging_benchmark.progress import Watch
from experiments.judging_benchmark.results import BEFORE, Results, read_results, write_results
from experiments.judging_benchmark.run import PARTS, Order, measure, settings_here
from experiments.judging_benchmark.tables import report, tables_of
from experiments.reporting.filling import check_page, fill_page
from fedjury.errors import ExitCode, FedjuryError

HERE = Path(__file__).parent
COMMITTED = HERE / "results" / "judging.json"
DOCS = HERE.parent / "docs"
PAGE, PLOT = DOCS / "performance.md", DOCS / "performance" / "judging.png"
FAMILY = "judging-"  # of the page's tables; others are another measurement's


def write_docs(results: Results) -> None:
    """Write the tables of docs/performance.md and its plot anew.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    fill_page(PAGE, tables_of(results), FAMILY)
    draw(results, PLOT)
    print(f"wrote {PAGE.name} and {PLOT.name}", file=sys.stderr)


def keep(results: Results, paths: Sequence[Path]) -> None:
    """Write results into these files; parts that lie there and were not measured now stay."""
    for path in paths:
        known = read_results(path) if path.exists() else Results()
        write_results(known.with_parts_of(results), path)


def measure_anew(order: Order, paths: Sequence[Path]) -> Results:
    """Measure, and write the figures into these files as they come.

    Raises:
        FedjuryError: data are missing, or a process fails.
    """
    earlier = read_results(COMMITTED) if COMMITTED.exists() else Results()

    def keep_some(part: Results) -> None:
        keep(part.borrowing(earlier, BEFORE), paths)

    with code_before() as before, Watch() as watch:
        return measure(order, before, watch, keep_some).borrowing(earlier, BEFORE)


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


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options; the command line's unless arguments are given."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add: Callable[..., object] = parser.add_argument
    add("--quick", action="store_true", help="little of everything, in a minute or two")
    add("--only", choices=PARTS, action="append", metavar="PART", help="this part; repeatable")
    data = os.environ.get("FEDJURY_DATA")
    add("--data-dir", type=Path, default=data, help="MNIST's files; else $FEDJURY_DATA")
    add("--cpu-time", action="store_true", help="one thread's processor time, on a busy machine")
    add("--json", action="store_true", help="print JSON")
    add("--output", type=Path, help="write the figures into this file; other parts in it stay")
    add("--measured", type=Path, help="take the figures from this file instead of measuring")
    add("--write-docs", action="store_true", help="write docs/performance.md, plot and figures")
    add("--check", action="store_true", help="only compare the page with the committed figures")
    add("--strict", action="store_true", help="fail where a goal that was measured is not met")
    return parser.parse_args(arguments)


def perform(options: argparse.Namespace) -> int:
    """Do what the options say; the exit code.

    Raises:
        FedjuryError: something is missing or fails.
    """
    if options.check:
        return check_page(PAGE, tables_of(read_results(COMMITTED)), FAMILY)
    paths = [options.output] if options.output else []
    paths += [COMMITTED] if options.write_docs else []
    if options.measured:
        results = read_results(options.measured)
        keep(results, paths)
    else:
        parts = [part for part in PARTS if not options.only or part in options.only]
        settings = settings_here(options.quick, options.cpu_time)
        order = Order(parts, settings, options.quick, options.data_dir, options.cpu_time)
        results = measure_anew(order, paths)
    if options.write_docs:
        write_docs(read_results(COMMITTED))
    show(results, options.json)
    missed = [each for each in goals(results) if each.met is False]
    return int(bool(options.strict and missed))


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
