"""Faults of every kind, drawn by a seed, against a federation of real processes; figures.

python -m experiments.chaos
python -m experiments.chaos --quick --seed 7
python -m experiments.chaos --only kills

Four jurors, six clients (two of whom poison) and a relay run as processes of their own on Anvil
and IPFS. Scenarios kill them, cut them off, break what they stand on or corrupt it. After each,
every round has to be finalized once, with the verdicts and the model that follow from its record by
the reference evaluation, and no update with a receipt may be lost; in the end both audits have to
pass.

Exit codes: 0; 1 where something was not right, with the seed that repeats it; 2 wrong usage; 130
interrupted; others as docs/exit-codes.md has them.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from experiments.chaos.catalogue import SCENARIOS, sample
from experiments.chaos.results import (
    COMMITTED,
    FAMILY,
    PAGE,
    as_text,
    read_results,
    tables_of,
    time_in_words,
    write_results,
)
from experiments.chaos.run import Outcome, Run
from experiments.chaos.scenario import Scenario
from experiments.chaos.settings import QUICK_TIMES, Settings
from experiments.judging_benchmark.progress import Watch
from experiments.reporting.filling import check_page, fill_page
from fedjury.errors import ExitCode, FedjuryError

SEED = 14


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options; the command line's unless arguments are given."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add: Callable[..., object] = parser.add_argument
    names = [each.name for each in SCENARIOS]
    add("--seed", type=int, default=SEED, help="of everything that is drawn")
    add("--quick", action="store_true", help="one scenario of each kind, in 3 minutes")
    add("--only", action="append", choices=names, help="run this scenario alone; repeatable")
    add("--jurors", type=int, default=4, help="of the jury")
    add("--directory", type=Path, help="keep all files here; must not exist")
    add(
        "--write-docs",
        action="store_true",
        help="write the figures of these scenarios, and the table of docs/reliability.md",
    )
    add("--check", action="store_true", help="only compare the page with the committed figures")
    return parser.parse_args(arguments)


def perform(options: argparse.Namespace) -> int:
    """Do what the options say; the exit code.

    Raises:
        FedjuryError: a federation does not start.
    """
    if options.check:
        return check_page(PAGE, tables_of(read_results()), FAMILY)
    times = QUICK_TIMES if options.quick else {}
    settings = Settings(seed=options.seed, quick=options.quick, jurors=options.jurors, **times)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="chaos-") as name, Watch() as watch:
        directory = options.directory or Path(name) / "run"
        outcomes = Run(directory, settings, watch).play(_chosen(options))
    print(as_text(outcomes))
    print(time_in_words(time.monotonic() - began, options.quick))
    if options.write_docs:
        write_results(outcomes, options.seed, COMMITTED)
        fill_page(PAGE, tables_of(read_results()), FAMILY)
    return _conclude(outcomes, options)


def _chosen(options: argparse.Namespace) -> list[Scenario]:
    possible = [each for each in SCENARIOS if each.least_jurors <= options.jurors]
    if options.only:
        return [each for each in possible if each.name in options.only]
    return sample(possible, options.seed) if options.quick else possible


def _conclude(outcomes: Sequence[Outcome], options: argparse.Namespace) -> int:
    failed = [each.scenario.name for each in outcomes if each.figures.wrong]
    for name in failed:
        quick = " QUICK=1" if options.quick else ""
        print(f"not right; to repeat: make chaos SEED={options.seed}{quick} ONLY={name}")
    return int(bool(failed))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    options = parse(arguments)
    os.environ["OMP_NUM_THREADS"] = "1"  # of every daemon: with more they would wait for each other
    try:
        return perform(options)
    except FedjuryError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
