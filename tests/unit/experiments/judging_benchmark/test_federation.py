"""The plain federation learns as much as a judged one that accepts everything."""

from dataclasses import replace

import pytest

from experiments.judging_benchmark.engines import Engine
from experiments.judging_benchmark.federation import (
    CLIENTS,
    Federations,
    federation_races,
    plain_fedavg,
)
from experiments.judging_benchmark.judging import Jury
from experiments.judging_benchmark.measuring import run
from experiments.judging_benchmark.results import FEDAVG, NOW
from experiments.judging_benchmark.settings import QUICK
from fedjury.simulation.in_process import run_in_process
from fedjury.simulation.prepared import PreparedScenario, prepare
from fedjury.simulation.scenario import Scenario
from tests.support.judging_rounds import images

SETTINGS = replace(QUICK, rounds=2, seeds=(1, 2))


@pytest.fixture
def averaged() -> PreparedScenario:
    scenario = Scenario.model_validate({"rule": "fedavg", "lambda": 0.0, "rounds": 3})
    return prepare(scenario, images())


def test_the_plain_loop_averages_as_the_rule_fedavg_does(averaged: PreparedScenario) -> None:
    plain = list(plain_fedavg(Engine(), averaged))
    judged = [averaged.held_out.accuracy(each.model) for each in run_in_process(averaged)]
    assert plain == pytest.approx(judged, abs=0.01)  # float32 means beside exact ones
    assert plain[-1] > averaged.held_out.accuracy(averaged.task.genesis) + 0.3


def test_a_turn_is_a_round_and_each_seed_begins_anew() -> None:
    federations = Federations(Engine(), images(), SETTINGS, plain_fedavg)
    accuracies = [federations.next_round(turn)() for turn in range(4)]
    first, again = (
        Federations(Engine(), images(), replace(SETTINGS, seeds=(seed,)), plain_fedavg)
        for seed in SETTINGS.seeds
    )
    assert accuracies[:2] == [first.next_round(turn)() for turn in range(2)]
    assert accuracies[2:] == [again.next_round(turn)() for turn in range(2)]


def test_a_race_has_a_figure_for_each_seed_and_says_how_good_the_models_are() -> None:
    (race,) = federation_races(Jury(images(), None), SETTINGS)
    assert race.what == {"threads": 1, "clients": CLIENTS, "rounds": 2}
    measured = run(race, lambda: None)
    assert {name: len(seconds) for name, seconds in measured.seconds.items()} == {FEDAVG: 2, NOW: 2}
    assert measured.facts.keys() == {f"accuracy, {FEDAVG}", f"accuracy, {NOW}"}
    assert all(20 < float(accuracy) <= 100 for accuracy in measured.facts.values())
