"""The README's figures are those of the committed results, and these of the experiment's file."""

import re
from collections.abc import Callable

import pytest
from report import RESULTS, accepted_table, accuracy_table, alike_table, binary_table, load_runs

from fedjury.simulation.experiment import load_experiment
from fedjury.simulation.runs import Runs

EXAMPLE = RESULTS.parent.parent
README = (EXAMPLE / "README.md").read_text(encoding="utf-8")


def test_results_are_those_of_the_file() -> None:
    experiment = load_experiment(EXAMPLE / "intrusion_detection.toml")
    found = {run.document["id"]: run for run in load_runs()}
    assert found.keys() == {scenario.id for scenario in experiment.scenarios}
    for scenario in experiment.scenarios:
        assert len(found[scenario.id].document["accuracy"]) == scenario.rounds


@pytest.mark.parametrize("table", [accuracy_table, accepted_table, alike_table, binary_table])
def test_the_readme_has_the_table(table: Callable[[Runs], str]) -> None:
    assert f"\n\n{table(load_runs())}\n\n" in README


def test_a_cell_has_the_seeds_of_one_federation_together() -> None:
    runs = [run for run in load_runs() if run.setting("data") == "nsl_kdd:load"]
    settings = {"partition": "iid", "rule": "paper", "attack": "sign-flip"}
    attacked = [
        run
        for run in runs
        if run.adversaries and all(run.setting(key) == value for key, value in settings.items())
    ]
    assert len(attacked) == 5
    honest = sum(run.count("honest_accepted") for run in attacked) / 3.5
    poisoned = sum(run.count("poisoned_accepted") for run in attacked) / 1.5
    (row,) = [
        line for line in accepted_table(Runs(runs)).splitlines() if "IID | 30% sign-flip" in line
    ]
    assert row.split(" | ")[3] == f"{honest:.0f} / {poisoned:.0f}"


def test_plots_of_the_readme_exist() -> None:
    pictures = re.findall(r"\]\(([\w/.-]+\.png)\)", README)
    assert len(pictures) == 2
    assert all((EXAMPLE / picture).is_file() for picture in pictures)
