"""What was measured, and its file."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from experiments.batches.steps import ProcessSteps, Step
from fedjury.errors import ConfigError
from fedjury.runtime.files import write_whole

BATCHES, REPORT = "batches", "report"  # what gas is for
ROSTER, UPDATE, RECORD = "roster", "update", "record"  # files, beside batches
MIB = 2**20
_DIGITS = 3  # of seconds


@dataclass(frozen=True)
class Measured:
    """One round.

    Attributes:
        updates: how many were signed, relayed and judged.
        roster: how many members the roster had.
        accepted: how many updates were.
        seconds: from the start of the first process to the end of the last.
        gas: of each transaction, by what it does.
        bytes: of each file, by what it is.
        processes: what each did, in order.
    """

    updates: int
    roster: int
    accepted: int
    seconds: float
    gas: dict[str, int]
    bytes: dict[str, int]
    processes: list[ProcessSteps] = field(default_factory=list)

    def process(self, name: str) -> ProcessSteps:
        """What one process did; raises KeyError where there was none."""
        return {each.process: each for each in self.processes}[name]

    def step(self, process: str, name: str) -> Step:
        """One step of one process; raises KeyError where there was none."""
        return {each.name: each for each in self.process(process).steps}[name]

    @property
    def gas_per_update(self) -> float:
        """Gas of batches and report, divided by the updates."""
        return sum(self.gas.values()) / self.updates

    @property
    def peak(self) -> int:
        """Bytes of memory that the largest process held at most."""
        return max(each.peak for each in self.processes)


@dataclass(frozen=True)
class Results:
    """Rounds of several sizes.

    Attributes:
        machine: that they were measured on, in words.
        rounds: ascending by number of updates.
        parts: the steps of `experiments.batches.parts`, by how many entries they were taken for.
    """

    machine: str
    rounds: list[Measured]
    parts: dict[str, ProcessSteps] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As it is written: seconds rounded."""
        found = asdict(self)
        processes = list(found["parts"].values())
        for each in found["rounds"]:
            each["seconds"] = round(each["seconds"], _DIGITS)
            processes += each["processes"]
        for process in processes:
            for step in process["steps"]:
                step["seconds"] = round(step["seconds"], _DIGITS)
                step["processor"] = round(step["processor"], _DIGITS)
        return found


def write_results(results: Results, path: Path) -> None:
    """Write a file of JSON, indented, so that differences can be read."""
    write_whole(path, json.dumps(results.to_json(), indent=1) + "\n")


def read_results(path: Path) -> Results:
    """Read a file that `write_results` wrote.

    Raises:
        ConfigError: there is no such file, or it holds something else.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        parts = {entries: process_of(each) for entries, each in found["parts"].items()}
        return Results(found["machine"], [_measured(each) for each in found["rounds"]], parts)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path} holds no figures of this measurement: {error}") from error


def process_of(found: dict[str, Any]) -> ProcessSteps:
    """What a process printed of itself."""
    return ProcessSteps(found["process"], _steps(found["steps"]), found["peak"])


def _measured(found: dict[str, Any]) -> Measured:
    return Measured(**{**found, "processes": [process_of(each) for each in found["processes"]]})


def _steps(found: Sequence[dict[str, Any]]) -> list[Step]:
    return [Step(**each) for each in found]
