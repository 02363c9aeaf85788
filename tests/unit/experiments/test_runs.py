"""Runs as the study chooses and compares them."""

import pytest

from experiments.reporting.runs import StudyRuns
from fedjury.simulation.results import ScenarioResult
from fedjury.simulation.runs import Run
from tests.support.results import NO, YES, document, row, scenario


def run(accuracy: float = 0.9, **settings: object) -> Run:
    return Run(document(scenario(**settings), accuracy))


def test_runs_are_chosen_by_their_settings() -> None:
    attacked, alone = run(rule="median"), run(rule="median", absent=True)
    runs = StudyRuns([attacked, alone, run(rule="paper", adversaries=0)])
    assert runs.where(rule="median") == [attacked]
    assert runs.where(excluded=True) == [alone]
    assert runs.where(excluded=None, rule="median") == [attacked, alone]
    assert [each.setting("rule") for each in runs.where(adversaries=0.0)] == ["paper"]
    assert runs.values("rule") == ["median", "paper"]


def test_runs_have_a_mean_and_a_spread() -> None:
    runs = StudyRuns([run(0.9, seed=1), run(0.94, seed=2)])
    assert runs.mean(lambda each: each.accuracy) == pytest.approx(92)
    assert runs.spread(lambda each: each.accuracy) == pytest.approx(8**0.5)
    assert StudyRuns(runs[:1]).spread(lambda each: each.accuracy) == 0
    assert runs.share("honest_accepted", "honest") == pytest.approx(50)
    assert runs.seeds == 2
    assert StudyRuns([*runs, run(seed=2, rule="median")]).seeds == 2


def test_a_gap_is_how_far_runs_lie_below_others_of_the_same_seeds() -> None:
    reference = StudyRuns([run(0.9, seed=1), run(0.95, seed=2), run(0.1, seed=3)])
    attacked = StudyRuns([run(0.8, seed=1), run(0.89, seed=2), run(0.0, seed=9)])
    assert attacked.gap_below(reference) == pytest.approx(8)
    assert reference.gap_below(attacked) == pytest.approx(-8)


def test_a_share_of_nothing_is_no_number() -> None:
    rows = [row(0.5, [YES, NO, None], 2)]
    alone = Run(ScenarioResult(scenario(absent=True), 50, 100, 0.1, rows).to_json())
    assert StudyRuns([alone]).share("poisoned_accepted", "poisoned") is None
