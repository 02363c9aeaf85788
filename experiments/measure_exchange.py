"""What four jurors ask each other for in rounds of 10, 1,000 and 10,000 updates, and how long the
demo takes with four jurors beside one.

python -m experiments.measure_exchange
python -m experiments.measure_exchange --updates 10 --repeats 1
python -m experiments.measure_exchange --write-docs
python -m experiments.measure_exchange --write-docs --updates 10000 --repeats 0   # that size alone

All jurors are in one process and have their turns, on an embedded chain; the store is a directory
from which all of them get all files. They ask each other over HTTP on loopback, as daemons do, and
what is counted are the bytes of requests and answers with their headers. What is not measured keeps
the figures that were committed.

Exit codes: 0; 1 where --check finds a difference; 2 wrong usage; others as docs/exit-codes.md.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from experiments.exchange.demo import compare
from experiments.exchange.results import (
    FAMILY,
    TABLES,
    Results,
    read_results,
    tables_of,
    write_results,
)
from experiments.exchange.rounds import measure
from experiments.judging_benchmark.run import cores, processor
from experiments.reporting.filling import check_page, fill_page
from fedjury.errors import ExitCode, FedjuryError

COMMITTED = Path(__file__).parent / "results" / "exchange.json"
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
UPDATES, JURORS, DEMO_ROUNDS, REPEATS = (10, 1_000, 10_000), 4, 10, 3


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options; the command line's unless arguments are given."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add: Callable[..., object] = parser.add_argument
    add("--updates", type=int, action="append", help="of a round; repeatable")
    add("--jurors", type=int, default=JURORS, help="of the larger jury")
    add("--repeats", type=int, default=REPEATS, help="pairs of demos; 0 for none")
    add("--json", action="store_true", help="print JSON")
    add("--write-docs", action="store_true", help="write docs/performance.md and the figures")
    add("--check", action="store_true", help="only compare the page with the committed figures")
    return parser.parse_args(arguments)


def measure_all(options: argparse.Namespace, write: Callable[[Results], None]) -> Results:
    """Measure rounds of each size, then demos.

    Args:
        options: of the command line.
        write: is given the figures as often as there are more.

    Raises:
        FedjuryError: something fails.
    """
    results = replace(read_results(COMMITTED), machine=f"{processor()}, {cores()} cores")
    for updates in sorted(UPDATES if options.updates is None else options.updates):
        with tempfile.TemporaryDirectory(prefix="exchange-") as name:
            found = measure(updates, options.jurors, Path(name))
        _tell(f"{updates} updates: {found.seconds:.1f} s from closing to report")
        results = results.with_round(found)
        write(results)
    if options.repeats:
        demo = compare(options.jurors, DEMO_ROUNDS, options.repeats, _tell)
        results = replace(results, demo=demo)
        write(results)
    return results


def _write(results: Results) -> None:
    write_results(results, COMMITTED)
    fill_page(PAGE, tables_of(read_results(COMMITTED)), FAMILY)


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def perform(options: argparse.Namespace) -> int:
    """Do what the options say; the exit code.

    Raises:
        FedjuryError: something fails.
    """
    if options.check:
        return check_page(PAGE, tables_of(read_results(COMMITTED)), FAMILY)
    results = measure_all(options, _write if options.write_docs else lambda _: None)
    text = "\n\n".join(table(results) for table in TABLES.values())
    print(json.dumps(results.to_json()) if options.json else text)
    return ExitCode.OK


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    try:
        return perform(parse(arguments))
    except FedjuryError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
