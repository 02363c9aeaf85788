"""Small experiments for tests: a federation that takes seconds, and models that misbehave."""

import json
from pathlib import Path
from typing import Any

import torch
from torch import nn

from fedjury.data import Dataset
from fedjury.simulation.scenario import Scenario
from fedjury.simulation.worker import dataset_of

SMALL: dict[str, Any] = {
    "data": "digits",
    "clients": 4,
    "rounds": 3,
    "adversaries": 0.5,
    "training": {"epochs": 1},
}


def small(**changes: Any) -> Scenario:
    """A small federation with two of four clients controlled."""
    return Scenario.model_validate({**SMALL, **changes})


def digits() -> Dataset:
    """Loaded once."""
    return dataset_of("digits", None)


class _FailsToTrain(nn.Linear):
    batches = 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.batches += self.training
        if self.batches > 9:
            raise RuntimeError("training is not for me")
        return super().forward(x.flatten(1))


def fails_to_train() -> nn.Module:
    """Passes every check that comes before training, and its first batches."""
    return _FailsToTrain(784, 10)


def write_plan(directory: Path, text: str, name: str = "plan.toml") -> Path:
    """An experiment file."""
    path = directory / name
    path.write_text(text, encoding="utf-8")
    return path


def result_of(directory: Path) -> dict[str, Any]:
    """What the experiment `it` wrote under `out`."""
    document: dict[str, Any] = json.loads((directory / "out" / "it.json").read_text())
    return document
