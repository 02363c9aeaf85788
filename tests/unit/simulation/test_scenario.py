"""One scenario: defaults, ids, and who is an adversary when."""

from typing import Any

import pytest
from pydantic import ValidationError

from fedjury.protocol.task_spec import TrainingSpec
from fedjury.simulation.scenario import Scenario


def scenario(**given: Any) -> Scenario:
    return Scenario.model_validate(given)


@pytest.mark.parametrize(
    "same",
    [
        {"data": "mnist", "rule": "paper", "lambda": 0.5, "seed": 1, "absent": False},
        {"rule": {"name": "paper"}, "attack": {"name": "static-label"}},
        {"attack": {"name": "static-label", "parameters": {"target": 0}}},
        {"adversaries": 0, "attack": "label-flip", "membership": "fixed"},
        {"adversaries": 0.04, "absent": True},
        {"training": {"epochs": 1, "learning_rate": 0.001}},
        {"model": "fedjury.models:mlp"},
        {"verification_slices": "one"},
        {"relay": False},
        {"jurors": 1},
    ],
)
def test_settings_that_make_no_difference_make_none_to_the_id(same: dict[str, Any]) -> None:
    assert scenario(**same).id == scenario().id


@pytest.mark.parametrize(
    "other",
    [
        {"data": "digits"},
        {"split_seed": 1},
        {"verification": 100},
        {"verification_slices": "each-round"},
        {"partition": "dirichlet:0.1"},
        {"clients": 11},
        {"rounds": 11},
        {"lambda": 0},
        {"rule": "median"},
        {"adversaries": 0.3},
        {"model": {"callable": "fedjury.models:mlp", "arguments": {"hidden": 64}}},
        {"training": {"epochs": 2}},
        {"relay": True},
        {"jurors": 4},
        {"seed": 2},
    ],
)
def test_settings_that_make_a_difference_make_another_id(other: dict[str, Any]) -> None:
    assert scenario(**other).id != scenario().id


def test_with_adversaries_their_attack_and_membership_count() -> None:
    settings: list[dict[str, Any]] = [
        {},
        {"attack": "label-flip"},
        {"attack": {"name": "static-label", "parameters": {"target": 1}}},
        {"membership": "fixed"},
        {"absent": True},
    ]
    assert len({scenario(adversaries=0.3, **each).id for each in settings}) == len(settings)


def test_absent_adversaries_attack_nobody() -> None:
    ids = {
        scenario(adversaries=0.3, exclude_adversaries=True, attack=a).id
        for a in ("label-flip", "alie")
    }
    assert len(ids) == 1


def test_numbers_are_the_same_written_as_fraction_or_not() -> None:
    def scaled(factor: float) -> str:
        attack = {"name": "sign-flip", "parameters": {"scale": factor}}
        return scenario(adversaries=0.3, attack=attack).id

    assert scaled(3) == scaled(3.0) != scaled(3.5)
    assert scenario(**{"lambda": 0}).id == scenario(**{"lambda": 0.0}).id
    assert scenario(partition="dirichlet:0.10").id == scenario(partition="dirichlet:0.1").id


def test_ids_are_what_they_have_always_been() -> None:
    """Results that lie on disk are found by these; a new setting must not change them."""
    assert scenario().id == "5c9ad4f30205"
    assert scenario(data="digits", adversaries=0.3, rule="median", seed=3).id == "b722f43634e4"


def test_a_config_makes_the_same_scenario_again() -> None:
    one = scenario(data="digits", rule="median", training={"epochs": 2}, adversaries=0.3)
    assert Scenario.model_validate(one.config()) == one
    assert one.config()["rule"] == "median"
    assert "model" not in one.config()
    assert "verification_slices" not in one.config()
    assert "relay" not in one.config()
    relayed = scenario(data="digits", relay=True)
    assert Scenario.model_validate(relayed.config()) == relayed


def test_training_is_the_datas_where_it_is_not_said() -> None:
    assert scenario(data="mnist").training == TrainingSpec()
    assert scenario(data="digits").training == TrainingSpec(epochs=5, batch_size=16)
    other = scenario(data="digits", training={"epochs": 2}).training
    assert other == TrainingSpec(epochs=2, batch_size=16)


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"clients": 0}, "clients"),
        ({"lambda": 1}, "lambda"),
        ({"adversaries": 1.1}, "adversaries"),
        ({"membership": "sometimes"}, "membership"),
        ({"verification_slices": 2}, "verification_slices"),
        ({"seed": "one"}, "seed"),
        ({"rounds": True}, "rounds"),
        ({"training": {"epochs": 0}}, "epochs"),
        ({"training": {"pace": 0}}, "pace"),
        ({"rule": {"names": "paper"}}, "names"),
        ({"colour": "red"}, "colour"),
        ({"adversaries": 1, "absent": True}, "nobody takes part"),
    ],
)
def test_impossible_settings_are_named(given: dict[str, Any], key: str) -> None:
    with pytest.raises(ValidationError, match=key):
        scenario(**given)


@pytest.mark.parametrize(
    ("share", "clients", "count"), [(0, 10, 0), (0.3, 10, 3), (0.25, 10, 3), (0.9, 5, 5), (1, 3, 3)]
)
def test_a_share_is_rounded_to_whole_clients(share: float, clients: int, count: int) -> None:
    one = scenario(adversaries=share, clients=clients)
    assert one.controlled == count
    assert {len(indexes) for indexes in one.draw_controlled().values()} == {count}


def test_membership_changes_from_round_to_round_or_is_fixed() -> None:
    changing = scenario(adversaries=0.3).draw_controlled()
    fixed = scenario(adversaries=0.3, membership="fixed").draw_controlled()
    assert list(changing) == list(fixed) == list(range(1, 11))
    assert len(set(changing.values())) > 1
    assert len(set(fixed.values())) == 1
    assert changing == scenario(adversaries=0.3, attack="label-flip").draw_controlled()
    assert changing != scenario(adversaries=0.3, seed=2).draw_controlled()
