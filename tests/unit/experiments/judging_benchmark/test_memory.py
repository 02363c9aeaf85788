"""Memory is that of a process of its own, whose updates are made when they are read."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from experiments.judging_benchmark.engines import PAPER
from experiments.judging_benchmark.memory import measure_memory
from experiments.judging_benchmark.memory_probe import SeededUpdates, memory_mib
from experiments.judging_benchmark.rounds import MAX_MAGNITUDE, tag_of
from experiments.judging_benchmark.settings import QUICK
from fedjury.protocol.tensors import shapes_of
from fedjury.protocol.update_file import read_update
from tests.support.judging_rounds import clients, images


def test_an_update_is_the_same_each_time_and_another_for_each_client() -> None:
    current = clients().current
    move = {name: torch.full_like(weight, 0.5) for name, weight in current.items()}
    spread = {name: torch.full_like(weight, 0.01) for name, weight in current.items()}
    made = SeededUpdates(current, move, spread)
    assert made.file(1) == made.file(1) != made.file(2)
    assert made.loads == 3
    candidate = made.candidate(2)
    update = read_update(candidate.load(), tag_of(2), shapes_of(current), MAX_MAGNITUDE)
    moved = torch.cat([(update[name] - current[name]).flatten() for name in current])
    assert float(moved.mean()) == pytest.approx(0.5, abs=0.001)
    assert float(moved.std()) == pytest.approx(0.01, rel=0.05)


def test_the_most_grows_with_what_is_held() -> None:
    now, most = memory_mib()
    assert 50 < now <= most
    held = torch.ones(int(most - now + 100) * 2**18)  # float32
    assert memory_mib()[1] >= most + 90
    del held
    assert memory_mib()[1] >= most + 90


def test_a_process_judges_so_many_updates(tmp_path: Path) -> None:
    settings = replace(QUICK, samples=50, memory=((PAPER, (3,)),))
    turns: list[int] = []
    (measured,) = measure_memory(images(), settings, tmp_path, lambda: turns.append(1))
    assert measured.what == {"threads": 1, "samples": 50, "rule": "paper", "updates": 3}
    assert 50 < float(measured.facts["start_mib"]) <= float(measured.facts["peak_mib"]) < 4096
    assert float(measured.facts["reads"]) >= 1
    assert turns == [1]
