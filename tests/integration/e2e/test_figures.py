"""The figures that the README promises, from whole runs: slow, and the reason that this exists."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from fedjury.cli.commands.demo import FederationOptions
from fedjury.simulation.demo.options import demo_scenario
from fedjury.simulation.prepared import prepare
from fedjury.simulation.run import run_scenario
from tests.support.commands import succeed
from tests.support.federation import digits


def run_demo(directory: Path, *options: object) -> dict[str, Any]:
    """Run `fedjury demo` with its own defaults otherwise; its run.json."""
    succeed("demo", "--name", "it", "--json", "--runs", directory, *options)
    run: dict[str, Any] = json.loads((directory / "it" / "run.json").read_text())
    return run


def accuracy_without_poisoners() -> float:
    """What the demo's federation comes to when all are honest; without a chain, which is faster."""
    settings = dict(vars(FederationOptions(poisoners=0)))
    del settings["data_dir"]
    result = run_scenario(prepare(demo_scenario(**settings), digits()), lambda number: None)
    return result.rounds[-1].accuracy


def test_three_poisoners_of_ten_cost_at_most_a_point_and_ruin_plain_averaging(
    tmp_path: Path,
) -> None:
    poisoned = run_demo(tmp_path)
    assert poisoned["poisoned_updates"] == 30
    assert poisoned["poisoned_accepted"] == 0
    assert poisoned["final_accuracy"] >= accuracy_without_poisoners() - 0.01
    assert poisoned["final_fedavg_accuracy"] < poisoned["final_accuracy"] - 0.2
    assert poisoned["audit"]["passed"] is True


@pytest.mark.skipif("FEDJURY_DATA" not in os.environ, reason="FEDJURY_DATA names no MNIST")
def test_mnist_on_ganache_and_ipfs(tmp_path: Path) -> None:
    real = ["--chain", "ganache", "--store", "ipfs", "--data", "mnist"]
    run = run_demo(tmp_path, *real, "--data-dir", os.environ["FEDJURY_DATA"])
    assert run["poisoned_updates"] == 30
    assert run["poisoned_accepted"] == 0
    assert run["final_accuracy"] >= 0.96
    assert run["gas"]["per_update"] <= 55_000
    assert run["audit"]["passed"] is True
