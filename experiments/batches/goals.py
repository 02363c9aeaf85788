"""What a round of ten thousand is to take at most, and what it does."""

from experiments.batches.results import MIB, Results
from experiments.judging_benchmark.goals import Goal

GOAL_UPDATES = 10_000
MOST_MINUTES = 15
MOST_MIB = 2048


def goals(results: Results) -> list[Goal]:
    """Every goal, whether it was measured or not."""
    found = [each for each in results.rounds if each.updates == GOAL_UPDATES]
    minutes = found[0].seconds / 60 if found else None
    mib = found[0].peak / MIB if found else None
    name = f"{GOAL_UPDATES:,} updates"
    return [
        _goal(f"{name}, from keys to audits", minutes, MOST_MINUTES, "minutes"),
        _goal(f"{name}, memory of the largest process", mib, MOST_MIB, "MiB"),
    ]


def _goal(what: str, value: float | None, most: float, unit: str) -> Goal:
    measured = "" if value is None else f"{value:,.1f} {unit}"
    return Goal(what, measured, f"at most {most:,}", None if value is None else value <= most)
