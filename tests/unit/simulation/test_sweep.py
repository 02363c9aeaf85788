"""Whole experiments on the digits: results, resuming, failures."""

from pathlib import Path
from typing import Any

import pytest

from fedjury.clients.events import UpdateSubmitted
from fedjury.errors import ConfigError, ModelError
from fedjury.oracle.events import RoundJudged
from fedjury.runtime.events import Listener, Severity, ignore
from fedjury.simulation.experiment import Experiment, load_experiment
from fedjury.simulation.live.environment import Environment
from fedjury.simulation.sweep import Sweep, SweepOptions, SweepOutcome
from fedjury.simulation.sweep_events import (
    RoundCompleted,
    ScenarioCompleted,
    ScenarioFailed,
    ScenarioStarted,
    SweepStarted,
)
from tests.support.recorder import Recorder
from tests.support.scenarios import result_of, write_plan

HEAD = """
name = "it"
title = "A small one"
[federation]
data = "digits"
clients = 4
rounds = 2
training = { epochs = 1 }
"""
SENTENCES = "tests.support.sentences:sentences"
FAILING = 'model = ["fedjury.models:mlp", "tests.support.scenarios:fails_to_train"]'


def experiment_of(directory: Path, text: str = "", **changes: Any) -> Experiment:
    return load_experiment(write_plan(directory, HEAD + text), changes)


def options(directory: Path, **changes: Any) -> SweepOptions:
    given: dict[str, Any] = {
        "directory": directory / "out",
        "result": None,
        "jobs": 1,
        "threads": 1,
        "data_dir": None,
        "plot": False,
    }
    return SweepOptions(**{**given, **changes})


def run(
    experiment: Experiment,
    chosen: SweepOptions,
    listener: Listener = ignore,
    stop_at: int = 10**6,
) -> SweepOutcome:
    """Until so many results are there."""

    def stopped() -> bool:
        return len(list((chosen.directory / experiment.name).glob("*.json"))) >= stop_at

    return Sweep(experiment, chosen).run(listener, stopped)


def test_results_and_plots(tmp_path: Path) -> None:
    text = (
        'adversaries = [0, 0.5]\nrule = ["paper", "fedavg"]\n[[plot]]\nx = "adversaries"\n[[plot]]'
    )
    experiment = experiment_of(tmp_path, text)
    outcome = run(experiment, options(tmp_path, plot=True, jobs=2))
    result = result_of(tmp_path)
    assert outcome.document == result
    assert outcome.failed == 0
    assert outcome.audits_passed  # none was live
    assert set(outcome.documents) == {each["id"] for each in result["runs"]} == set(experiment.runs)
    assert (result["name"], result["title"], result["missing"]) == ("it", "A small one", 0)
    lines = (tmp_path / "out" / "it.json").read_text().splitlines()
    assert sum('"id": ' in line for line in lines) == 4
    assert max(map(len, lines)) < 3000
    pictures = [tmp_path / "out" / f"it-{number}.png" for number in (1, 2)]
    assert outcome.written == [tmp_path / "out" / "it.json", *pictures]
    for picture in pictures:
        assert picture.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    one = next(each for each in result["runs"] if each["config"]["adversaries"] == 0.5)
    assert sum(row.count("x") for row in one["adversaries"]) == one["totals"]["poisoned"] == 4


@pytest.mark.parametrize(
    ("text", "changes", "says"),
    [
        (
            'partition = ["iid", "dirichlet:0.5"]',
            {"data": SENTENCES, "model": f"{SENTENCES[:-9]}next_word"},
            "partition 'dirichlet:0.5' shares samples by their label, and these have one for each "
            "of 6 positions: say iid",
        ),
        (
            "",
            {"clients": 5000},
            "clients: 1079 training samples are not enough for 5000, 1 or more for each",
        ),
    ],
)
def test_shards_that_the_data_do_not_give_are_found_before_anything_runs(
    tmp_path: Path, text: str, changes: dict[str, Any], says: str
) -> None:
    experiment, told = experiment_of(tmp_path, text, **changes), Recorder()
    with pytest.raises(ConfigError) as refused:
        run(experiment, options(tmp_path), told)
    assert str(refused.value) == says
    assert told.events == []
    assert not (tmp_path / "out").exists()


def test_every_step_is_told(tmp_path: Path) -> None:
    experiment, told = experiment_of(tmp_path), Recorder()
    (id,) = experiment.runs
    run(experiment, options(tmp_path), told)
    started, *others = told.events
    assert started == SweepStarted(scenarios=1, done=0)
    assert others == [
        ScenarioStarted(id=id),
        RoundCompleted(id=id, round=1),
        RoundCompleted(id=id, round=2),
        ScenarioCompleted(id=id, result=result_of(tmp_path)["runs"][0]),
    ]


def test_a_live_scenario_tells_what_its_federation_does_too(tmp_path: Path) -> None:
    experiment, told = experiment_of(tmp_path, rounds=1), Recorder()
    (id,) = experiment.runs
    live = options(tmp_path, environment=Environment("embedded", "embedded"))
    assert run(experiment, live, told).audits_passed
    assert told.names[:2] == ["sweep-started", "scenario-started"]
    assert told.names[-1] == "scenario-completed"
    assert told.of(RoundCompleted) == [RoundCompleted(id=id, round=1)]
    assert len(told.of(UpdateSubmitted)) == 4
    assert len(told.of(RoundJudged)) == 1


def test_what_is_done_is_not_run_again(tmp_path: Path) -> None:
    experiment, chosen = experiment_of(tmp_path, "seed = [1, 2, 3]"), options(tmp_path)
    stopped = run(experiment, chosen, stop_at=1)
    kept = {path: path.stat().st_mtime_ns for path in (chosen.directory / "it").glob("*.json")}
    assert 1 <= len(kept) < 3
    assert stopped.document["missing"] == result_of(tmp_path)["missing"] == 3 - len(kept)
    assert stopped.failed == 0
    assert len(Sweep(experiment, chosen).missing) == 3 - len(kept)
    told = Recorder()
    assert run(experiment, chosen, told).failed == 0
    assert told.of(SweepStarted) == [SweepStarted(scenarios=3, done=len(kept))]
    for path, time in kept.items():
        assert path.stat().st_mtime_ns == time
    result = result_of(tmp_path)
    assert result["missing"] == 0
    assert [each["config"]["seed"] for each in result["runs"]] == [1, 2, 3]
    before = (chosen.directory / "it.json").read_text()
    assert run(experiment, chosen).failed == 0
    assert (chosen.directory / "it.json").read_text() == before


def test_a_failure_is_recorded_and_the_others_go_on(tmp_path: Path) -> None:
    experiment, chosen, told = experiment_of(tmp_path, FAILING), options(tmp_path), Recorder()
    good, bad = experiment.runs
    outcome = run(experiment, chosen, told)
    assert outcome.failed == 1
    assert set(outcome.documents) == {good}
    (failure,) = told.of(ScenarioFailed)
    assert (failure.id, failure.severity) == (bad, Severity.ERROR)
    assert "RuntimeError: training is not for me, in scenarios.py, line" in failure.error
    result = result_of(tmp_path)
    assert [each["id"] for each in result["runs"]] == [good]
    assert list(result["failed"]) == [bad]
    assert result["failed"][bad].endswith(failure.error)
    assert "Traceback" in (chosen.directory / "it" / f"{bad}.failed.txt").read_text()
    assert result["missing"] == 1  # a failure is not done


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ('rule = ["paper", "kroom"]', ConfigError, "rule: .*kroom"),
        ('rule = { name = "paper", parameters = { x = 1 } }', ConfigError, "rule: .*x"),
        ('attack = "kindness"', ConfigError, "attack: .*kindness"),
        ("verification = 360", ConfigError, "verification: 360"),
        ("clients = 5000", ConfigError, "clients: .*5000"),
        ('partition = "dirichlet:1"\nclients = 108', ConfigError, "clients: .*108, 10 or more"),
        ('model = "tests.support.plugins:linear"', ModelError, r"3 samples of shape \(28, 28\)"),
    ],
)
def test_what_cannot_run_is_said_before_anything_runs(
    tmp_path: Path, text: str, error: type[Exception], words: str
) -> None:
    shared = HEAD.replace("clients = 4\n", "") if "clients" in text else HEAD
    with pytest.raises(error, match=words):
        run(load_experiment(write_plan(tmp_path, shared + text)), options(tmp_path))
    assert not (tmp_path / "out").exists()
