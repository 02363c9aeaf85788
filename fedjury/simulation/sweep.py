"""Running an experiment: what is not done yet, side by side; then the result's file and plots."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fedjury.runtime.events import Listener
from fedjury.runtime.files import write_whole
from fedjury.simulation.checking import check_scenarios
from fedjury.simulation.experiment import Experiment
from fedjury.simulation.experiment_plots import draw_all
from fedjury.simulation.live.environment import Environment, require_environment
from fedjury.simulation.plotting import require_matplotlib
from fedjury.simulation.pool import Began, Ended, Message, Pool, Reported, SerialPool
from fedjury.simulation.result_store import ResultStore
from fedjury.simulation.runs import Documents
from fedjury.simulation.scenario import Scenario
from fedjury.simulation.sweep_events import (
    ScenarioCompleted,
    ScenarioFailed,
    ScenarioStarted,
    SweepStarted,
)
from fedjury.simulation.worker import Job, work


@dataclass(frozen=True)
class SweepOptions:
    """How to run an experiment.

    Attributes:
        directory: for results.
        result: file for all results; None names it after the experiment.
        jobs: how many scenarios at a time, without a chain.
        threads: for torch in each.
        data_dir: of the datasets' files.
        plot: whether to draw the plots.
        environment: where scenarios run live; None runs them without a chain.
    """

    directory: Path
    result: Path | None
    jobs: int
    threads: int
    data_dir: Path | None
    plot: bool
    environment: Environment | None = None


@dataclass(frozen=True)
class SweepOutcome:
    """What an experiment came to.

    Attributes:
        documents: results by scenario id.
        failed: how many scenarios failed now.
        document: what the result's file says.
        written: the files that were written.
    """

    documents: Documents
    failed: int
    document: Mapping[str, Any]
    written: list[Path]

    @property
    def audits_passed(self) -> bool:
        """Whether every live scenario's audit passed."""
        chains = (document.get("chain") for document in self.documents.values())
        return all(chain["audit"]["passed"] for chain in chains if chain)


class Sweep:
    """Runs the scenarios of an experiment.

    Args:
        experiment: what to run.
        options: how.
    """

    def __init__(self, experiment: Experiment, options: SweepOptions) -> None:
        self._experiment, self._options = experiment, options
        # live results lie apart
        self._name = experiment.name if options.environment is None else f"{experiment.name}-live"
        self._store = ResultStore(options.directory / self._name)
        self._runs = experiment.runs

    @property
    def missing(self) -> dict[str, Scenario]:
        """The scenarios without a result, by id."""
        return {id: each for id, each in self._runs.items() if not self._store.has(id)}

    def run(self, listener: Listener, stopped: Callable[[], bool]) -> SweepOutcome:
        """Run what is not done yet, then write the result's file and draw the plots.

        Args:
            listener: is told what happens.
            stopped: says whether to end early.

        Raises:
            FedjuryError: nothing was run.
        """
        if self._options.plot:
            require_matplotlib()
        missing = self.missing
        if missing:
            check_scenarios(self._experiment, self._options.data_dir)
            if self._options.environment is not None:
                require_environment(self._options.environment)
        listener(SweepStarted(scenarios=len(self._runs), done=len(self._runs) - len(missing)))
        failed = self._run_missing(missing, listener, stopped)
        documents = {id: self._store.load(id) for id in self._runs if self._store.has(id)}
        return self._write(documents, failed)

    def _run_missing(
        self, missing: Mapping[str, Scenario], listener: Listener, stopped: Callable[[], bool]
    ) -> int:
        """Run these, in processes of their own unless they are live; how many failed."""
        options, ids, failed = self._options, list(missing), 0
        jobs = [
            Job(
                id,
                missing[id],
                options.data_dir,
                self._store.directory,
                options.threads,
                options.environment,
            )
            for id in ids
        ]

        def tell(message: Message) -> None:
            nonlocal failed
            id = ids[message.task]
            match message:
                case Began():
                    listener(ScenarioStarted(id=id))
                case Reported(report=event):
                    listener(event)
                case Ended(error=None):
                    listener(ScenarioCompleted(id=id, result=self._store.load(id)))
                case Ended(error=error):
                    failed += 1
                    self._keep_failure(id, str(error))
                    listener(ScenarioFailed(id=id, error=str(error)))

        runner = Pool(work, options.jobs) if options.environment is None else SerialPool(work)
        runner.run(jobs, stopped, tell)
        return failed

    def _keep_failure(self, id: str, error: str) -> None:
        """Keep how a scenario failed, unless its own process could tell more."""
        if self._store.failure(id) is None:
            self._store.keep_failure(id, error)

    def _write(self, documents: Documents, failed: int) -> SweepOutcome:
        document = self._result(documents)
        path = self._options.result or self._options.directory / f"{self._name}.json"
        write_whole(path, _one_run_a_line(document))
        written = [path]
        if documents and self._options.plot:
            written += draw_all(self._experiment, documents, path)
        return SweepOutcome(documents, failed, document, written)

    def _result(self, documents: Documents) -> dict[str, Any]:
        experiment = self._experiment
        runs = sorted(
            documents.values(), key=lambda each: json.dumps(each["config"], sort_keys=True)
        )
        failures = {id: text for id in self._runs if (text := self._store.failure(id))}
        return {
            "name": experiment.name,
            "title": experiment.title,
            "description": experiment.description,
            "fedjury": version("fedjury"),
            "missing": len(self._runs) - len(runs),
            "failed": {id: text.splitlines()[-1] for id, text in failures.items()},
            "runs": runs,
        }


def _one_run_a_line(result: Mapping[str, Any]) -> str:
    """JSON whose changes can be read line by line."""
    head = {key: value for key, value in result.items() if key != "runs"}
    lines = [
        f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in head.items()
    ]
    runs = ",\n".join(json.dumps(run, ensure_ascii=False) for run in result["runs"])
    return "{\n" + ",\n".join(lines) + ',\n"runs": [\n' + runs + "\n]}\n"
