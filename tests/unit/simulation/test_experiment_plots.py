"""What an experiment's plots show."""

import pytest

from fedjury.simulation.experiment import PlotSpec
from fedjury.simulation.experiment_plots import lines_of
from tests.support.results import document, scenario


def test_lines_hold_every_seed_at_each_place() -> None:
    scenarios = [scenario(seed=1), scenario(seed=2), scenario(rule="median")]
    documents = {each.id: document(each, 0.9 + each.seed / 100) for each in scenarios}
    over_rounds = lines_of(PlotSpec(), scenarios, documents)
    assert [line.name for line in over_rounds] == ["paper", "median"]
    assert over_rounds[0].points == {
        0: [10.0, 10.0],
        1: [50.0, 50.0],
        2: pytest.approx([91.0, 92.0]),
    }
    spec = PlotSpec(x="adversaries", y="honest_accepted", where={"rule": "paper"})
    (line,) = lines_of(spec, scenarios, documents)
    assert line.points == {0.34: [50.0, 50.0]}
    by_round = lines_of(PlotSpec(y="poisoned_accepted", lines=[]), scenarios, documents)
    assert [(each.name, each.points[2]) for each in by_round] == [("", [100.0] * 3)]


def test_a_run_without_adversaries_stands_for_every_attack() -> None:
    scenarios = [
        scenario(adversaries=0, attack=attack) for attack in ("static-label", "label-flip")
    ]
    kept = {scenarios[0].id: document(scenarios[0])}
    lines = lines_of(PlotSpec(x="adversaries", lines=["attack"]), scenarios, kept)
    assert [line.name for line in lines] == ["static-label", "label-flip"]
