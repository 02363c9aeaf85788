"""What a demo is asked to do."""

from pathlib import Path
from typing import Any

import pytest

from fedjury.errors import ConfigError, DataError, FatalError
from fedjury.simulation.demo.options import DemoOptions, demo_scenario
from fedjury.simulation.live.environment import Environment
from fedjury.simulation.scenario import Scenario


def scenario(**changes: Any) -> Scenario:
    given: dict[str, Any] = {
        "data": "digits",
        "clients": 10,
        "poisoners": 3,
        "attack": "static-label",
        "rule": "paper",
        "partition": "iid",
        "rounds": 10,
        "lam": 0.5,
        "seed": 1,
        "split_seed": 0,
    }
    return demo_scenario(**{**given, **changes})


@pytest.mark.parametrize(("clients", "poisoners"), [(10, 3), (7, 2), (3, 3), (10, 0), (1, 1)])
def test_so_many_clients_poison_in_each_round(clients: int, poisoners: int) -> None:
    one = scenario(clients=clients, poisoners=poisoners)
    assert (one.clients, one.controlled, one.membership) == (clients, poisoners, "changing")


def test_a_demo_is_the_scenario_of_an_experiment_with_the_same_settings() -> None:
    chosen = scenario(attack="label-flip", rule="median", partition="dirichlet:1", lam=0.25)
    written = {
        "data": "digits",
        "adversaries": 0.3,
        "attack": "label-flip",
        "rule": "median",
        "partition": "dirichlet:1",
        "lambda": 0.25,
    }
    assert chosen.id == Scenario.model_validate(written).id


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"poisoners": 11}, ConfigError, "11 of 10 clients cannot poison"),
        ({"attack": "kindness"}, ConfigError, "kindness"),
        ({"lam": 1.0}, ConfigError, "λ must be"),
        ({"lam": -0.1}, ConfigError, "λ must be"),
        ({"lam": float("nan")}, ConfigError, "λ must be"),
        ({"partition": "shards:2"}, DataError, "dirichlet:ALPHA"),
    ],
)
def test_what_cannot_be_shown_is_named(
    changes: dict[str, Any], error: type[FatalError], words: str
) -> None:
    with pytest.raises(error, match=words):
        scenario(**changes)


@pytest.mark.parametrize(
    ("rule", "given", "lam"),
    [
        ("paper", None, 0.5),
        ("selection", None, 0.0),
        ("median", None, 0.0),
        ("selection", 0.25, 0.25),
        ("paper", 0.0, 0.0),
    ],
)
def test_a_rule_without_a_lambda_gets_the_one_that_suits_it(
    rule: str, given: float | None, lam: float
) -> None:
    assert scenario(rule=rule, lam=given).lam == lam


def test_the_settings_are_told_in_words_and_those_that_were_not_given_left_out() -> None:
    where = Environment("embedded", "embedded")
    told = DemoOptions(scenario(), where, Path("runs/it"), None).to_json()
    assert told == {
        "chain": "embedded",
        "store": "embedded",
        "directory": "runs/it",
        "data": "digits",
        "clients": "10",
        "poisoners": "3",
        "attack": "static-label",
        "rounds": "10",
        "lam": "0.5",
        "seed": "1",
        "split_seed": "0",
        "rule": "paper",
        "partition": "iid",
        "jurors": "1",
    }


def test_what_may_be_secret_in_an_address_is_not_told() -> None:
    where = Environment("https://user:secret@rpc.example/v3/token", "https://:secret@ipfs.example")
    told = DemoOptions(scenario(), where, Path("runs/it"), None).to_json()
    assert (told["chain"], told["store"]) == ("https://rpc.example", "https://ipfs.example")
    assert "secret" not in str(told)
    assert "token" not in str(told)
