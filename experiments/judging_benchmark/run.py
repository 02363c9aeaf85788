"""Running the parts of the benchmark, one after the other."""

import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from experiments.judging_benchmark.before import COMMIT
from experiments.judging_benchmark.engines import Engine
from experiments.judging_benchmark.federation import federation_races
from experiments.judging_benchmark.judging import RACES, Jury
from experiments.judging_benchmark.measuring import Clock, Race, run
from experiments.judging_benchmark.memory import measure_memory, probes
from experiments.judging_benchmark.progress import Watch
from experiments.judging_benchmark.results import NOW, Facts, Measurement, Results
from experiments.judging_benchmark.samples import SYNTHETIC, load_samples
from experiments.judging_benchmark.settings import FULL, QUICK, Settings
from experiments.judging_benchmark.steps import step_races

ALL_RACES: dict[str, Callable[[Jury, Settings], Iterator[Race]]] = {
    **RACES,
    "steps": step_races,
    "federation": federation_races,
}
PARTS = ("update", "steps", "rules", "sizes", "models", "memory", "federation")
_CPUS = Path("/proc/cpuinfo")


@dataclass(frozen=True)
class Order:
    """What is to be measured.

    Attributes:
        parts: names among `PARTS`.
        settings: how much of each.
        quick: whether that is little.
        data: where MNIST's files lie; None for made-up images.
        cpu_time: whether to count this process's processor time instead of the time that passes.
    """

    parts: Sequence[str]
    settings: Settings
    quick: bool = False
    data: Path | None = None
    cpu_time: bool = False

    @property
    def clock(self) -> Clock:
        """The clock to look at."""
        return time.process_time if self.cpu_time else time.perf_counter


def settings_here(quick: bool, cpu_time: bool) -> Settings:
    """How much to measure: with no more threads than there are cores.

    And with one alone where processor time counts, since threads that wait take it too.
    """
    chosen, most = QUICK if quick else FULL, 1 if cpu_time else cores()
    return replace(chosen, threads=tuple(each for each in chosen.threads if each <= most))


def measure(
    order: Order, before: Engine | None, watch: Watch, keep: Callable[[Results], None]
) -> Results:
    """Measure the parts.

    Args:
        order: what.
        before: the older code; None where it cannot be had.
        watch: is told how far it is.
        keep: is given a part's results after each of its measurements.

    Raises:
        FedjuryError: data are missing, or a process of the benchmark fails.
    """
    dataset = load_samples(order.data)
    jury, results = Jury(dataset, before), Results()
    if before is None:
        watch.say(f"The history lacks {COMMIT[:7]}: the code before is left out.")
    for part in order.parts:
        if part == "federation" and dataset.name == SYNTHETIC:
            watch.say("federation: left out, as it needs MNIST: FEDJURY_DATA or --data-dir.")
            continue
        here, found = {part: machine(order, dataset.name)}, list[Measurement]()
        for measured in _measure_part(part, jury, order, watch):
            watch.say(sentence(measured))
            found.append(measured)
            keep(Results(here, [*found]))
        results = results.with_parts_of(Results(here, found))
    return results


def _measure_part(part: str, jury: Jury, order: Order, watch: Watch) -> Iterator[Measurement]:
    settings = order.settings
    if part == "memory":
        watch.part(part, len(probes(settings)))
        with tempfile.TemporaryDirectory() as name:
            yield from measure_memory(jury.dataset, settings, Path(name), watch.turn_over)
        return
    races = list(ALL_RACES[part](jury, settings))
    watch.part(part, sum(race.turns + race.warm_up for race in races))
    for race in races:
        yield run(race, watch.turn_over, order.clock)


def sentence(measured: Measurement) -> str:
    """A measurement in a line."""
    what = ", ".join(f"{key} {value}" for key, value in measured.what.items())
    ratios = [f"{name} {measured.ratio(name):.2f}" for name in measured.seconds]
    unit = f"{measured.unit} = {1000 * (measured.median(measured.unit) or 0):.1f} ms"
    facts = [
        f"{key} {value:g}" for key, value in measured.facts.items() if not isinstance(value, str)
    ]
    told = facts if measured.unit == NOW else [*ratios, *facts]
    return f"{measured.part} ({what}): {', '.join([unit, *told])}"


def machine(order: Order, data: str) -> Facts:
    """What a part is measured on, and how."""
    facts: Facts = {
        "processor": processor(),
        "cores": cores(),
        "torch": torch.__version__,
        "kernels": torch.backends.cpu.get_cpu_capability(),
        "data": data,
    }
    how = {"quick": order.quick, "cpu_time": order.cpu_time}
    return facts | {name: 1 for name, chosen in how.items() if chosen}


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor() -> str:
    if _CPUS.exists():
        for line in _CPUS.read_text().splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()
