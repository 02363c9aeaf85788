"""The study's numbers come from committed results, and these from committed experiment files."""

import re
from pathlib import Path

import pytest

from experiments.report import STUDY, TABLES, fill
from experiments.reporting.runs import RESULTS, load
from fedjury.simulation.experiment import load_experiment

EXPERIMENTS = RESULTS.parent
FILES = sorted([EXPERIMENTS / "figures.toml", *(EXPERIMENTS / "study").glob("*.toml")])


def test_tables_and_study_agree() -> None:
    text = STUDY.read_text()
    named = re.findall(r"<!-- table: ([\w-]+) -->", text)
    assert sorted(named) == sorted(TABLES)
    assert fill(text) == text


def test_a_table_that_differs_is_filled_anew() -> None:
    text = STUDY.read_text()
    spoiled = text.replace("<!-- table: figures -->\n", "<!-- table: figures -->\n| 100 |\n")
    assert spoiled != text
    assert fill(spoiled) == text


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_results_are_those_of_the_file(file: Path) -> None:
    experiment = load_experiment(file)
    runs = load(experiment.name)
    by_id = {scenario.id: scenario for scenario in experiment.scenarios}
    assert {run.document["id"] for run in runs} == by_id.keys()
    for run in runs:
        scenario = by_id[run.document["id"]]
        assert list(run.curve("accuracy")) == list(range(scenario.rounds + 1))
        assert (run.seed, run.adversaries) == (scenario.seed, scenario.adversaries)


def test_plots_of_the_study_exist() -> None:
    pictures = re.findall(r"\]\((study/[\w.-]+\.png)\)", STUDY.read_text())
    assert pictures
    for picture in pictures:
        assert (STUDY.parent / picture).is_file()
