"""How much memory judging takes, each time in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from safetensors.torch import save_file

from experiments.judging_benchmark.before import REPOSITORY
from experiments.judging_benchmark.engines import Rule
from experiments.judging_benchmark.results import NOW, Measurement, What
from experiments.judging_benchmark.rounds import Clients
from experiments.judging_benchmark.samples import verification_samples
from experiments.judging_benchmark.settings import MLP, Settings
from fedjury.data import Dataset
from fedjury.errors import FedjuryError
from fedjury.protocol.task_spec import CallableSpec

_PROBE = "experiments.judging_benchmark.memory_probe"
_HONEST = 20  # clients whose updates the made-up ones are like


def probes(settings: Settings) -> list[tuple[Rule, int]]:
    """The rules to measure, and with how many updates."""
    return [(rule, updates) for rule, lengths in settings.memory for updates in lengths]


def measure_memory(
    dataset: Dataset, settings: Settings, directory: Path, turn_over: Callable[[], None]
) -> Iterator[Measurement]:
    """Judge rounds whose updates are made when they are read, and look at the process's peak.

    Args:
        dataset: of clients and jury.
        settings: which rounds.
        directory: for the file that the processes read.
        turn_over: called after each process.

    Raises:
        FedjuryError: a process fails.
    """
    shared = directory / "jury.safetensors"
    _write_shared(dataset, settings.samples, shared)
    for rule, updates in probes(settings):
        found = _probe(shared, rule, updates)
        seconds = {NOW: [found.pop("seconds") / updates]}
        what: What = {
            "threads": 1,
            "samples": settings.samples,
            "rule": rule.label,
            "updates": updates,
        }
        yield Measurement("memory", what, NOW, seconds, {**found})
        turn_over()


def _write_shared(dataset: Dataset, samples: int, path: Path) -> None:
    """The verification set, the common model, and how honest updates move it and differ."""
    clients = Clients.of(CallableSpec(callable=MLP), dataset)
    judged, updates = verification_samples(dataset, samples), map(clients.honest, range(_HONEST))
    moves = [{name: update[name] - clients.current[name] for name in update} for update in updates]
    tensors = {"x": judged.x, "y": judged.y}
    for name, weight in clients.current.items():
        each = torch.stack([move[name] for move in moves])
        tensors[f"current.{name}"] = weight
        tensors[f"move.{name}"] = each.mean(dim=0)
        tensors[f"spread.{name}"] = each.std(dim=0)
    save_file(tensors, path)


def _probe(shared: Path, rule: Rule, updates: int) -> dict[str, float]:
    command = [sys.executable, "-m", _PROBE, str(shared), rule.name, json.dumps(rule.parameters)]
    paths = [str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    ended = subprocess.run(
        [*command, str(updates)], env=environment, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise FedjuryError(f"judging {updates} updates by {rule.label} failed: {ended.stderr}")
    found: dict[str, float] = json.loads(ended.stdout)
    return found
