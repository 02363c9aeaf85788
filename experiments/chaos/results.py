"""Figures of scenarios in a file, and as the table of docs/reliability.md."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.chaos.catalogue import SCENARIOS
from experiments.chaos.figures import Figures
from experiments.chaos.run import Outcome
from experiments.chaos.scenario import Kind, Scenario
from experiments.chaos.settings import QUICK_SECONDS

HERE = Path(__file__).parent
COMMITTED = HERE.parent / "results" / "chaos.json"
PAGE = HERE.parents[1] / "docs" / "reliability.md"
FAMILY = "chaos"
_ALWAYS = ("rounds", "updates", "accepted", "unavailable", "receipts")
"""What is seen of the rounds of every scenario; all else is a scenario's own."""


@dataclass(frozen=True)
class Seen:
    """What was seen of one scenario.

    Attributes:
        seed: that the run was given.
        seconds: that it took.
        figures: numbers by name.
        wrong: what was not right.
    """

    seed: int
    seconds: float
    figures: Mapping[str, int | float]
    wrong: Sequence[str]


def read_results(path: Path = COMMITTED) -> dict[str, Seen]:
    """What was seen, by scenario; nothing where there is no such file."""
    if not path.exists():
        return {}
    document = json.loads(path.read_text(encoding="utf-8"))
    return {name: Seen(**each) for name, each in document.items()}


def write_results(outcomes: Sequence[Outcome], seed: int, path: Path = COMMITTED) -> None:
    """Put these into the file; those of other scenarios stay."""
    seen = read_results(path)
    for each in outcomes:
        seen[each.scenario.name] = Seen(
            seed, round(each.seconds), each.figures.values, each.figures.wrong
        )
    names = [each.name for each in SCENARIOS if each.name in seen]
    document = {name: vars(seen[name]) for name in names}
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def tables_of(seen: Mapping[str, Seen]) -> dict[str, Callable[[], str]]:
    """The tables of the page, by the names of their markers."""
    return {FAMILY: lambda: table(seen)}


def table(seen: Mapping[str, Seen]) -> str:
    """A row a scenario that was run, by kinds."""
    rows = [
        "| what happens | `ONLY=` | rounds | updates | accepted | unavailable | receipts "
        "| seen besides | right |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for kind in Kind:
        chosen = [each for each in SCENARIOS if each.kind is kind and each.name in seen]
        if chosen:
            rows.append(f"| **{kind.value}** " + "|" * 9)
            rows += [_row(each, seen[each.name]) for each in chosen]
    return "\n".join(rows)


def _row(scenario: Scenario, seen: Seen) -> str:
    common = [f"{seen.figures[name]:,}" if name in seen.figures else "" for name in _ALWAYS]
    own = [f"{value:,} {name}" for name, value in seen.figures.items() if name not in _ALWAYS]
    right = "**no**" if seen.wrong else "yes"
    cells = [scenario.what, f"`{scenario.name}`", *common, "; ".join(own), right]
    return "| " + " | ".join(cells) + " |"


def as_text(outcomes: Sequence[Outcome]) -> str:
    """A line for each scenario, and one for each thing that is not right."""
    lines = []
    for each in outcomes:
        lines.append(f"{each.scenario.name}: {in_words(each.figures)}")
        lines += [f"  not right: {wrong}" for wrong in each.figures.wrong]
    return "\n".join(lines)


def time_in_words(seconds: float, is_quick: bool) -> str:
    """How long a run took in all; one that had to be quick is not wrong because it was not.

    Args:
        seconds: of the run, with the start of its federations and the looks at their rounds.
        is_quick: whether it had to be.
    """
    said = f"in all: {seconds:.0f} s"
    if not is_quick or seconds <= QUICK_SECONDS:
        return said
    most = f"{QUICK_SECONDS:.0f} s"
    return f"{said}, and {most} is what a quick run takes where the machine does nothing else"


def in_words(figures: Figures) -> str:
    """The numbers in a row."""
    return ", ".join(f"{value:,} {name}" for name, value in figures.values.items())
