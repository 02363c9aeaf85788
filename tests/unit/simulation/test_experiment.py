"""Experiment files: sweeps, unions, overrides, and what is wrong with them."""

import json
from pathlib import Path
from typing import Any

import pytest

from fedjury.errors import ConfigError
from fedjury.simulation.experiment import Experiment, load_experiment, parse_changes
from tests.support.scenarios import write_plan

EXAMPLE = Path(__file__).parents[3] / "experiments" / "example.toml"


def test_lists_are_swept_and_tables_united(tmp_path: Path) -> None:
    text = """
    name = "it"
    [[federation]]
    seed = [1, 2]
    rule = ["paper", { name = "median" }]
    [[federation]]
    adversaries = 0.3
    attack = ["static-label", "label-flip"]
    """
    experiment = load_experiment(write_plan(tmp_path, text))
    assert experiment.name == experiment.title == "it"
    found = [
        (each.seed, each.rule.name, each.attack.name, each.adversaries)
        for each in experiment.scenarios
    ]
    assert found == [
        (1, "paper", "static-label", 0.0),
        (1, "median", "static-label", 0.0),
        (2, "paper", "static-label", 0.0),
        (2, "median", "static-label", 0.0),
        (1, "paper", "static-label", 0.3),
        (1, "paper", "label-flip", 0.3),
    ]
    assert len(experiment.runs) == 6


def test_the_same_run_is_run_once(tmp_path: Path) -> None:
    text = """
    name = "it"
    [[federation]]
    seed = [1, 1, 2]
    [[federation]]
    attack = ["static-label", "label-flip"]
    """
    experiment = load_experiment(write_plan(tmp_path, text))
    assert len(experiment.scenarios) == 3
    assert len(experiment.runs) == 2  # without adversaries the attack makes no difference


def test_json_says_the_same(tmp_path: Path) -> None:
    document = {"name": "it", "federation": {"seed": [1, 2]}, "plot": {"x": "round"}}
    in_json = load_experiment(write_plan(tmp_path, json.dumps(document), "plan.json"))
    in_toml = load_experiment(
        write_plan(tmp_path, 'name = "it"\n[federation]\nseed = [1, 2]\n[plot]\nx = "round"')
    )
    assert in_json == in_toml


def test_changes_replace_what_every_federation_says(tmp_path: Path) -> None:
    text = 'name = "it"\n[[federation]]\ndata = "mnist"\n[[federation]]\nrounds = 3'
    changes = parse_changes(["data=digits", "seed=[4, 5]", 'rule={"name": "median"}'])
    experiment = load_experiment(write_plan(tmp_path, text), changes)
    assert {each.data for each in experiment.scenarios} == {"digits"}
    assert {each.training.epochs for each in experiment.scenarios} == {5}
    found = [(each.rounds, each.seed) for each in experiment.scenarios]
    assert found == [(10, 4), (10, 5), (3, 4), (3, 5)]


@pytest.mark.parametrize("text", ["data", "=3", ""])
def test_a_change_needs_key_and_value(text: str) -> None:
    with pytest.raises(ConfigError, match=f"written key=value, as data=digits, not '{text}'"):
        parse_changes([text])


def test_a_change_that_is_no_json_is_text() -> None:
    deep = "[" * 100_000
    assert parse_changes(["data=digits", "rounds=3", f"rule={deep}"]) == {
        "data": "digits",
        "rounds": 3,
        "rule": deep,
    }


@pytest.mark.parametrize(
    ("name", "other", "values"),
    [("absent", "exclude_adversaries", [False, True]), ("lambda", "lam", [0.25, 0.75])],
)
def test_a_setting_with_two_names_goes_by_either_everywhere(
    tmp_path: Path, name: str, other: str, values: list[Any]
) -> None:
    def read(said: str, **changes: Any) -> Experiment:
        document = {
            "name": "it",
            "federation": {"adversaries": 0.3, said: values},
            "plot": {"x": said, "lines": ["rule", said], "where": {said: values}},
        }
        path = write_plan(tmp_path, json.dumps(document), "plan.json")
        return load_experiment(path, changes)

    experiment = read(name)
    assert [each.config()[name] for each in experiment.scenarios] == values
    (plot,) = experiment.plots
    assert (plot.x, plot.lines, plot.where) == (name, ["rule", name], {name: values})
    assert read(other) == experiment
    for said, changed in ((name, other), (other, name)):
        assert read(said, **{changed: values[1]}).scenarios == experiment.scenarios[1:]
    with pytest.raises(ConfigError, match=f"changes: {other}: {name} is said twice"):
        read(name, **{name: values[0], other: values[1]})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = 'it'", "federation"),
        ("name = 'it'\nfederation = []", "federation"),
        ("[federation]", "name"),
        ("name = '../it'\n[federation]", "name"),
        ("name = 'it'\n[federation]\ncolour = 'red'", "federation 1: colour"),
        ("name = 'it'\n[[federation]]\n[[federation]]\nrounds = [3, 0]", "federation 2: rounds"),
        ("name = 'it'\n[federation]\npartition = 'dirichlet:no'", "partition: .*dirichlet:no"),
        ("name = 'it'\n[federation]\nrounds = []", "rounds: the list is empty"),
        ("name = 'it'\n[federation]\nlam = 0.5\nlambda = 0.5", "lambda is said twice"),
        (
            "name = 'it'\n[federation]\n[plot]\nwhere = {absent = 1, exclude_adversaries = 1}",
            "plot: where: exclude_adversaries: absent is said twice",
        ),
        ("name = 'it'\n[federation]\n[plot]\nx = 'colour'", "plot: 'colour'"),
        ("name = 'it'\n[federation]\n[plot]\nlines = ['hue']", "plot: 'hue'"),
        ("name = 'it'\n[federation]\n[plot]\ny = 'beauty'", "plot.0.y"),
        ("name = 'it", "TOML"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, words: str) -> None:
    path = write_plan(tmp_path, text)
    with pytest.raises(ConfigError, match=words) as caught:
        load_experiment(path)
    assert str(path) in str(caught.value)


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_experiment(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="not JSON"):
        load_experiment(write_plan(tmp_path, "name = 'it'", "plan.json"))
    with pytest.raises(ConfigError, match="not a table"):
        load_experiment(write_plan(tmp_path, "[]", "plan.json"))


def test_too_many_combinations_are_refused(tmp_path: Path) -> None:
    many: dict[str, Any] = {"seed": list(range(1000)), "rounds": list(range(1, 1001))}
    path = write_plan(tmp_path, json.dumps({"name": "it", "federation": many}), "plan.json")
    with pytest.raises(ConfigError, match="1000000 combinations"):
        load_experiment(path)


def test_the_example_is_one() -> None:
    experiment = load_experiment(EXAMPLE)
    assert len(experiment.runs) == 12
    assert len(experiment.plots) == 2
