"""Results of scenarios: their values, by round and in the end, alone and together."""

from typing import Any

import pytest

from fedjury.simulation.results import ScenarioResult
from fedjury.simulation.runs import Run, Runs, label
from tests.support.results import NO, YES, document, row, scenario


def run(accuracy: float = 0.9, **settings: Any) -> Run:
    return Run(document(scenario(**settings), accuracy))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("paper", "paper"),
        (
            {"name": "loss", "parameters": {"penalty": 0.5, "far": True}},
            "loss(penalty=0.5, far=yes)",
        ),
        ({"callable": "a:b", "arguments": {}}, "a:b"),
        ({"epochs": 2}, "(epochs=2)"),
        (0.30000000000000004, "0.3"),
        (7, "7"),
    ],
)
def test_settings_are_labelled_in_few_words(value: Any, words: str) -> None:
    assert label(value) == words


def test_a_run_knows_its_settings() -> None:
    one = run(rule="median", seed=3)
    assert one.setting("rule") == "median"
    assert one.setting("training") == "default"
    assert one.setting("verification_slices") == "one"
    assert run(verification_slices="each-round").setting("verification_slices") == "each-round"
    assert (one.seed, one.excludes_adversaries) == (3, False)
    assert one.adversaries == pytest.approx(1 / 3)
    assert run(absent=True).excludes_adversaries


def test_what_a_run_came_to_is_in_percent() -> None:
    one = run(0.9)
    assert one.accuracy == one.final("accuracy") == pytest.approx(90)
    assert one.final("honest_accepted") == pytest.approx(50)
    assert one.final("poisoned_accepted") == one.final("harmful_accepted") == pytest.approx(100)
    assert one.final("backdoor") is None
    assert one.count("honest") == 4


def test_a_share_of_nothing_is_no_number() -> None:
    alone = Run(
        ScenarioResult(
            scenario(absent=True), 50, 100, 0.1, [row(0.5, [YES, NO, None], 2)]
        ).to_json()
    )
    assert alone.final("poisoned_accepted") is None
    assert alone.curve("poisoned_accepted") == {}
    assert Runs([alone]).finals("poisoned_accepted") == []


def test_a_curve_has_a_value_for_each_round_and_accuracy_one_for_the_first_model() -> None:
    one = run(0.9)
    assert one.curve("accuracy") == pytest.approx({0: 10, 1: 50, 2: 90})
    assert one.curve("honest_accepted") == pytest.approx({1: 50, 2: 50})
    assert one.curve("poisoned_accepted") == pytest.approx({1: 100, 2: 100})
    assert one.curve("harmful_accepted") == pytest.approx({1: 100, 2: 100})
    assert one.curve("backdoor") == {}


def test_a_backdoors_success_is_told_by_round() -> None:
    one = run()
    stamped = Run({**one.document, "backdoor": [0.2, 0.6], "totals": {"backdoor": 0.6}})
    assert stamped.curve("backdoor") == pytest.approx({1: 20, 2: 60})
    assert stamped.backdoor == pytest.approx(60)


def test_runs_together_have_the_values_of_all() -> None:
    runs = Runs([run(0.9, seed=1), run(0.94, seed=2)])
    assert runs.finals("accuracy") == pytest.approx([90, 94])
    assert dict(runs.curves("accuracy")) == {
        0: pytest.approx([10, 10]),
        1: pytest.approx([50, 50]),
        2: pytest.approx([90, 94]),
    }
