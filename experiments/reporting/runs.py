"""The runs that the result files of experiments hold, and what the study asks of them."""

import json
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from fedjury.simulation.runs import Run, Runs

RESULTS = Path(__file__).parent.parent / "results"
"""The directory of the committed result files."""

_directory: ContextVar[Path] = ContextVar("directory", default=RESULTS)


@contextmanager
def results_in(directory: Path) -> Iterator[None]:
    """Have `load` read another directory."""
    token = _directory.set(directory)
    try:
        yield
    finally:
        _directory.reset(token)


class StudyRuns(Runs):
    """Runs that the study chooses and compares."""

    def where(self, excluded: bool | None = False, **settings: str | float) -> "StudyRuns":
        """The runs with these settings.

        Args:
            excluded: whether the adversaries are excluded; None takes both kinds.
            settings: by key, in words as `Run.setting` gives them; `adversaries` as a number.
        """
        return StudyRuns(
            run
            for run in self
            if excluded in (None, run.excludes_adversaries)
            and all(_has(run, key, value) for key, value in settings.items())
        )

    def mean(self, value: Callable[[Run], float]) -> float:
        """Mean over the runs."""
        return statistics.fmean(map(value, self))

    def spread(self, value: Callable[[Run], float]) -> float:
        """Standard deviation over the runs; 0 for one."""
        return statistics.stdev(map(value, self)) if len(self) > 1 else 0.0

    def share(self, part: str, whole: str) -> float | None:
        """Percentage of one total in another, all runs together; None where there is none."""
        count = sum(run.count(whole) for run in self)
        return 100 * sum(run.count(part) for run in self) / count if count else None

    def values(self, key: str) -> list[str]:
        """The values of a setting in order of appearance."""
        return list(dict.fromkeys(run.setting(key) for run in self))

    @property
    def seeds(self) -> int:
        """How many different seeds there are."""
        return len({run.seed for run in self})

    def gap_below(self, reference: Runs) -> float:
        """Mean over the common seeds of the reference's accuracy minus the runs', in points."""
        known = {run.seed: run.accuracy for run in reference}
        return statistics.fmean(known[run.seed] - run.accuracy for run in self if run.seed in known)


def _has(run: Run, key: str, value: str | float) -> bool:
    return run.adversaries == value if key == "adversaries" else run.setting(key) == value


def load(*names: str) -> StudyRuns:
    """The runs of these result files together, each once."""
    found: dict[str, Run] = {}
    for name in names:
        for document in json.loads((_directory.get() / f"{name}.json").read_text())["runs"]:
            found[document["id"]] = Run(document)
    return StudyRuns(found.values())
