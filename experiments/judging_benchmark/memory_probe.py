"""Judge a round of updates that are made when they are read, and print the peak of memory.

python -m experiments.judging_benchmark.memory_probe FILE RULE PARAMETERS UPDATES

The file is what `experiments.judging_benchmark.memory` writes; parameters are a JSON object.
"""

import json
import resource
import sys
import time
from pathlib import Path

import torch
from safetensors.torch import load_file

from experiments.judging_benchmark.engines import Engine, Rule
from experiments.judging_benchmark.rounds import Round, tag_of
from experiments.judging_benchmark.settings import MLP
from fedjury.data import Samples
from fedjury.oracle.judging import Candidate, judge
from fedjury.protocol.task_spec import CallableSpec
from fedjury.protocol.tensors import Tensors
from fedjury.protocol.update_file import encode_update

_STATUS = Path("/proc/self/status")
_PARTS = ("current", "move", "spread")


class SeededUpdates:
    """Updates much like those of honest clients, made from numbers whenever one is read.

    Attributes:
        loads: how many files were read.
    """

    def __init__(self, current: Tensors, move: Tensors, spread: Tensors) -> None:
        self._middle = {name: weight + move[name] for name, weight in current.items()}
        self._spread, self.loads = spread, 0

    def file(self, index: int) -> bytes:
        """The file of an update; the same each time."""
        self.loads += 1
        generator = torch.Generator().manual_seed(index)
        weights = {
            name: weight + self._spread[name] * torch.randn(weight.shape, generator=generator)
            for name, weight in self._middle.items()
        }
        return encode_update(weights, tag_of(index))

    def candidate(self, index: int) -> Candidate:
        """The update of this index, to be read by the jury."""
        return Candidate(tag_of(index), lambda: self.file(index))


def memory_mib() -> tuple[float, float]:
    """What this process holds now, and the most that it held so far, in MiB.

    In `ru_maxrss` Linux counts what the program held that started this one; what /proc says is
    this one's own. Elsewhere the most stands for both.
    """
    if _STATUS.exists():
        fields = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines())
        now, most = (int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
        return now, most
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    most = held / 2**20 if sys.platform == "darwin" else held / 1024
    return most, most


def probe(shared: Path, rule: Rule, updates: int) -> dict[str, float]:
    """Judge, and say how much memory it took before and at most, in MiB.

    And how long the processor was busy, in seconds.

    Args:
        shared: the file of the jury's samples, the model, and how updates move it.
        rule: to judge by.
        updates: how many.
    """
    tensors = load_file(shared)
    current, move, spread = (_starting(f"{word}.", tensors) for word in _PARTS)
    model, samples = CallableSpec(callable=MLP), Samples(tensors["x"], tensors["y"])
    round_ = Round(model, samples, current, [])
    engine, made = Engine(), SeededUpdates(current, move, spread)
    evaluator, terms = engine.evaluator(round_), engine.terms(round_, rule)
    (start, _), began = memory_mib(), time.process_time()
    judged = judge(current, [made.candidate(index) for index in range(updates)], terms, evaluator)
    return {
        "seconds": time.process_time() - began,
        "start_mib": round(start, 1),
        "peak_mib": round(memory_mib()[1], 1),
        "reads": made.loads / updates,
        "accepted": sum(verdict.accepted for verdict in judged.verdicts),
    }


def _starting(prefix: str, tensors: Tensors) -> Tensors:
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }


def main() -> None:
    """Run from the command line."""
    torch.set_num_threads(1)
    shared, name, parameters, updates = sys.argv[1:]
    print(json.dumps(probe(Path(shared), Rule(name, json.loads(parameters)), int(updates))))


if __name__ == "__main__":
    main()
