"""How long a live run with several jurors takes beside one with one juror, on embedded parts."""

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fedjury.data import load_dataset
from fedjury.errors import FedjuryError
from fedjury.simulation.live.environment import Environment
from fedjury.simulation.prepared import prepare
from fedjury.simulation.results import ScenarioResult
from fedjury.simulation.run import run_scenario_live
from fedjury.simulation.scenario import Scenario

GOAL = 3.0
"""The most that a run with several jurors may take, in times of one with one juror."""


@dataclass(frozen=True)
class DemoTimes:
    """Runs of the demo's federation, with one juror and with several in turn.

    Attributes:
        jurors: how many the larger jury has.
        rounds: of each run.
        alone: seconds of each run with one juror.
        several: seconds of each run with the larger jury, in the same order.
    """

    jurors: int
    rounds: int
    alone: list[float]
    several: list[float]

    @property
    def ratio(self) -> float:
        """Median over the pairs of how many times as long the larger jury takes."""
        return statistics.median(
            more / one for one, more in zip(self.alone, self.several, strict=True)
        )


def compare(jurors: int, rounds: int, repeats: int, tell: Callable[[str], None]) -> DemoTimes:
    """Run the demo's federation with one juror and with several, in turn.

    Args:
        jurors: how many the larger jury has.
        rounds: of each run.
        repeats: how many pairs.
        tell: is told of each pair.

    Raises:
        FedjuryError: a run fails, or the two juries do not find the same.
    """
    times = DemoTimes(jurors, rounds, [], [])
    for _ in range(repeats):
        seconds, one = _run(1, rounds)
        times.alone.append(seconds)
        seconds, other = _run(jurors, rounds)
        times.several.append(seconds)
        if one.rounds != other.rounds:
            raise FedjuryError(f"{jurors} jurors find something else than one does")
        tell(f"one juror {times.alone[-1]:.1f} s, {jurors} jurors {seconds:.1f} s")
    return times


def _run(jurors: int, rounds: int) -> tuple[float, ScenarioResult]:
    scenario = Scenario.model_validate(
        {"data": "digits", "adversaries": 0.3, "rounds": rounds, "jurors": jurors}
    )
    with tempfile.TemporaryDirectory(prefix="jury-") as name:
        started = time.perf_counter()
        result = run_scenario_live(
            prepare(scenario, load_dataset("digits")),
            Environment("embedded", "embedded"),
            Path(name) / "run",
            lambda number: None,
        )
        return round(time.perf_counter() - started, 3), result
