"""Running one scenario and keeping its result; the dataset is loaded once in a process."""

import gc
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch

from fedjury.data import Dataset, load_dataset
from fedjury.errors import StopRequested
from fedjury.runtime.events import Event
from fedjury.simulation.live.environment import Environment
from fedjury.simulation.prepared import PreparedScenario, prepare
from fedjury.simulation.result_store import ResultStore
from fedjury.simulation.results import ScenarioResult
from fedjury.simulation.run import run_scenario, run_scenario_live
from fedjury.simulation.scenario import Scenario
from fedjury.simulation.sweep_events import RoundCompleted


@dataclass(frozen=True)
class Job:
    """A scenario to run and where its result goes.

    Attributes:
        id: of the scenario.
        scenario: the settings.
        data_dir: of the dataset's files.
        results: directory for results.
        threads: for torch.
        environment: where to run it live; None runs it without a chain.
    """

    id: str
    scenario: Scenario
    data_dir: Path | None
    results: Path
    threads: int
    environment: Environment | None = None


@lru_cache(maxsize=1)
def dataset_of(name: str, directory: Path | None) -> Dataset:
    """A dataset; the last one stays in memory."""
    return load_dataset(name, directory)


def work(job: Job, report: Callable[[Event], None]) -> None:
    """Run a scenario and keep its result, or how it failed.

    Args:
        job: the scenario.
        report: is told each round that is over, and what a live federation tells.
    """
    torch.set_num_threads(job.threads)
    store = ResultStore(job.results)
    prepared: PreparedScenario | None = None
    try:
        prepared = prepare(job.scenario, dataset_of(job.scenario.data, job.data_dir))
        store.keep(job.id, _run(prepared, job, report).to_json())
    except StopRequested:
        raise
    except Exception:
        store.keep_failure(job.id, traceback.format_exc())
        raise
    finally:
        # A scenario's objects hold each other: few, so the collector is in no hurry, but large.
        prepared = None
        gc.collect()


def _run(prepared: PreparedScenario, job: Job, report: Callable[[Event], None]) -> ScenarioResult:
    def on_round(number: int) -> None:
        report(RoundCompleted(id=job.id, round=number))

    if job.environment is None:
        return run_scenario(prepared, on_round)
    directory = job.results / job.id
    return run_scenario_live(prepared, job.environment, directory, on_round, report)
