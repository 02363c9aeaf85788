"""Fill docs/study.md with tables and plots from the results of the experiments.

`python -m experiments.report` writes them, `--check` only says whether the tables are what the
results give, `--figures` draws the paper's figures alone. `--results DIR` is for results of another
dataset: prints their tables and draws their plots into the same directory.
"""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from experiments.reporting import filling, plots, tables
from experiments.reporting.runs import results_in
from experiments.reporting.targets import targets

DOCS = Path(__file__).parent.parent / "docs"
STUDY = DOCS / "study.md"

TABLES: dict[str, Callable[[], str]] = {
    "targets": targets,
    "figures": tables.figures,
    "no-adversary": tables.no_adversary,
    "attacks-iid": partial(tables.attacks, "iid"),
    "attacks-mild": partial(tables.attacks, "dirichlet:0.5"),
    "attacks-skewed": partial(tables.attacks, "dirichlet:0.1"),
    "worst": tables.worst_cases,
    "majority": tables.majority,
    "rules": tables.rules,
    "rules-skewed": tables.rules_skewed,
    "backdoor": tables.backdoor,
    "cap": tables.cap,
}
FIGURES: dict[str, Callable[[Path], None]] = {
    "figure-3.png": plots.figure_3,
    "figure-4.png": plots.figure_4,
    "adversaries.png": plots.by_adversaries,
}
PLOTS: dict[str, Callable[[Path], None]] = {
    **FIGURES,
    "attacks.png": plots.attacks,
    "rules.png": plots.rules,
    "backdoor.png": plots.backdoor,
}


def fill(text: str) -> str:
    """The text with every table of the study replaced by a new one.

    Raises:
        KeyError: a marker names no table.
    """
    return filling.fill(text, TABLES)


def draw(directory: Path, chosen: dict[str, Callable[[Path], None]]) -> None:
    """Draw plots into a directory."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, plot in chosen.items():
        plot(directory / name)
        print(f"wrote {directory.name}/{name}", file=sys.stderr)


def report_on(results: Path, figures: bool) -> None:
    """Print the tables of other results, and draw their plots beside them."""
    chosen = ["figures"] if figures else list(TABLES)
    with results_in(results):
        for name in chosen:
            print(f"## {name}\n\n{TABLES[name]()}\n")
        draw(results, FIGURES if figures else PLOTS)


def main() -> int:
    """Run from the command line; 1 where --check finds a difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, compare tables")
    parser.add_argument("--figures", action="store_true", help="only the paper's figures")
    parser.add_argument("--results", type=Path, help="a directory of other results")
    arguments = parser.parse_args()
    if arguments.results:
        report_on(arguments.results, arguments.figures)
        return 0
    text = STUDY.read_text()
    filled = fill(text)
    if arguments.check:
        print("as the results give" if filled == text else "docs/study.md differs: run make study")
        return int(filled != text)
    STUDY.write_text(filled)
    draw(DOCS / "study", FIGURES if arguments.figures else PLOTS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
