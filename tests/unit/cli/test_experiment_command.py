"""`fedjury experiment`: what it prints, and how it ends."""

import json
from pathlib import Path

from fedjury.errors import ExitCode
from fedjury.simulation.experiment import load_experiment
from tests.support.commands import command, succeed
from tests.support.processes import Finished
from tests.support.scenarios import result_of, write_plan

HEAD = """
name = "it"
title = "A small one"
[federation]
data = "digits"
clients = 3
rounds = 1
training = { epochs = 1 }
"""
FAILING = 'model = ["fedjury.models:mlp", "tests.support.scenarios:fails_to_train"]'


def run(directory: Path, text: str, *options: object) -> Finished:
    path = write_plan(directory, HEAD + text)
    shared = ("--out", directory / "out", "--jobs", 1, "--no-plot")
    return command("experiment", path, *shared, *options)


def test_with_json_it_prints_what_it_writes(tmp_path: Path) -> None:
    ended = run(tmp_path, "", "--json")
    assert ended.code == ExitCode.OK
    assert json.loads(ended.out) == result_of(tmp_path)
    assert run(tmp_path, "", "--json") == ended  # all is done, nothing is run again


def test_a_failure_is_an_exit_code_and_a_sentence(tmp_path: Path) -> None:
    ended = run(tmp_path, FAILING)
    assert ended.code == ExitCode.SCENARIO_FAILED
    printed = " ".join(ended.out.split())
    assert (
        "failed: TrainingError: the model raises in training: RuntimeError: training is" in printed
    )
    assert "[2/2]" in printed
    assert "1 scenario is missing" in printed


def test_a_dry_run_lists_what_is_to_be_done(tmp_path: Path) -> None:
    path = write_plan(tmp_path, HEAD + "seed = [1, 2]")
    runs = load_experiment(path).runs
    done = tmp_path / "out" / "it" / f"{next(iter(runs))}.json"
    done.parent.mkdir(parents=True)
    done.write_text("{}")
    shared = ("experiment", path, "--out", tmp_path / "out", "--dry-run")
    document = succeed(*shared, "--json").document
    assert document["done"] == 1
    assert [(each["id"], each["done"]) for each in document["runs"]] == list(
        zip(runs, [True, False], strict=True)
    )
    printed = succeed(*shared).out
    assert "1 of 2 done" in printed
    for id in runs:
        assert id in printed
    assert not (tmp_path / "out" / "it.json").exists()
