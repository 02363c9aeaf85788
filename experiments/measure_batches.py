"""Rounds of a hundred, a thousand and ten thousand updates in batches: time, memory, gas.

python -m experiments.measure_batches
python -m experiments.measure_batches --updates 100 --roster 1000
python -m experiments.measure_batches --write-docs

Whole rounds on Anvil, each on a chain of its own: the coordinator makes a roster of 100,000 and the
task, clients make and sign updates of a small model (a tenth of them taught wrongly), the relay's
command takes them in over HTTP and posts them, a juror judges and reports, the light and the full
audit look it over. Each is a process of its own; all files lie in a directory, which is removed in
the end. Unless sizes are named, what needs neither a chain nor files of updates (signing, checking
signatures, the record) is measured with 100,000 entries as well.

Exit codes: 0; 1 where --check finds a difference; 2 wrong usage; 10 or 11 a file or a program that
is missing; 130 interrupted; others as docs/exit-codes.md has them.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

from experiments.batches import scale_tables, tables
from experiments.batches.results import Measured, Results, read_results, write_results
from experiments.batches.run import measure, parts
from experiments.judging_benchmark.progress import Watch
from experiments.judging_benchmark.run import cores, processor
from experiments.reporting.filling import check_page, fill_page
from fedjury.errors import ExitCode, FedjuryError

HERE = Path(__file__).parent
COMMITTED = HERE / "results" / "batches.json"
DOCS = HERE.parent / "docs"
UPDATES, PARTS = (100, 1_000, 10_000), (10_000, 100_000)
ROSTER, SEED = 100_000, 1
_PAGES = {"performance.md": tables, "scale.md": scale_tables}


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options; the command line's unless arguments are given."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add: Callable[..., object] = parser.add_argument
    add("--updates", type=int, action="append", help="of a round; repeatable")
    add("--roster", type=int, default=ROSTER, help="members of the roster, those who send included")
    add("--seed", type=int, default=SEED, help="of keys and weights")
    add("--directory", type=Path, help="where files lie meanwhile; else the system's for such")
    add("--json", action="store_true", help="print JSON")
    add("--output", type=Path, help="write the figures into this file")
    add("--measured", type=Path, help="take the figures from this file instead of measuring")
    add(
        "--write-docs",
        action="store_true",
        help="write the tables of docs/performance.md and docs/scale.md, and the figures",
    )
    add("--check", action="store_true", help="only compare the pages with the committed figures")
    return parser.parse_args(arguments)


def measure_all(options: argparse.Namespace) -> Results:
    """Measure a round of each size.

    Raises:
        FedjuryError: as `measure`.
    """
    found = list[Measured]()
    with Watch() as watch:
        for updates in sorted(options.updates or UPDATES):
            roster = max(options.roster, updates)
            with tempfile.TemporaryDirectory(prefix="batches-", dir=options.directory) as name:
                found.append(measure(updates, roster, options.seed, Path(name), watch))
        sizes = () if options.updates else PARTS
        others = {str(entries): parts(entries, options.seed, watch) for entries in sizes}
    return Results(f"{processor()}, {cores()} cores", found, others)


def write_docs(results: Results) -> None:
    """Write the tables of the pages anew."""
    for name, page in _PAGES.items():
        fill_page(DOCS / name, page.tables_of(results), page.FAMILY)
        print(f"wrote {name}", file=sys.stderr)


def check_docs(results: Results) -> int:
    """Say whether the pages have these tables; 1, as an exit code, where one has others."""
    return max(
        check_page(DOCS / name, page.tables_of(results), page.FAMILY)
        for name, page in _PAGES.items()
    )


def perform(options: argparse.Namespace) -> int:
    """Do what the options say; the exit code.

    Raises:
        FedjuryError: something is missing or fails.
    """
    if options.check:
        return check_docs(read_results(COMMITTED))
    results = read_results(options.measured) if options.measured else measure_all(options)
    for path in [options.output, COMMITTED if options.write_docs else None]:
        if path is not None:
            write_results(results, path)
    if options.write_docs:
        write_docs(read_results(COMMITTED))  # as rounded there, so that --check finds the same
    show(results, options.json)
    return ExitCode.OK


def show(results: Results, as_json: bool) -> None:
    """Print what was measured."""
    if as_json:
        print(json.dumps(results.to_json()))
        return
    text, console = tables.report(results), Console()
    if console.is_terminal:
        console.print(Markdown(text))
    else:
        print(text)


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
