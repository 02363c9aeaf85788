"""The options that make a client an adversary."""

import pytest

from fedjury.cli.attack_options import AttackOptions, parse_rounds
from fedjury.clients.attacks.registry import ATTACKS
from fedjury.errors import ConfigError


def test_rounds_are_separated_by_commas() -> None:
    assert parse_rounds(None) is None
    assert parse_rounds("1") == frozenset({1})
    assert parse_rounds("1, 4,7") == frozenset({1, 4, 7})


@pytest.mark.parametrize("text", ["", "1,", "1;2", "-1", "1-3", "one"])
def test_other_rounds_are_a_config_error(text: str) -> None:
    with pytest.raises(ConfigError, match="--attack-rounds"):
        parse_rounds(text)


def test_the_rounds_to_attack_in_are_the_attacks_own() -> None:
    chosen = AttackOptions("sign-flip", attack_rounds="1,4").parse()
    assert chosen is not None
    assert chosen.rounds == frozenset({1, 4})
    always = AttackOptions("sign-flip").parse()
    assert always is not None
    assert always.rounds is None


@pytest.mark.parametrize("attack", [None, "sign-flip"])
def test_other_rounds_are_refused_with_and_without_an_attack(attack: str | None) -> None:
    with pytest.raises(ConfigError, match="--attack-rounds"):
        AttackOptions(attack, attack_rounds="one").parse()


def test_attacks_go_by_their_names() -> None:
    assert AttackOptions().parse() is None
    for name, kind in ATTACKS.items():
        if not (kind.needs_honest or kind.needs_rule):
            assert AttackOptions(name).parse()
    with pytest.raises(ConfigError, match="static-label"):
        AttackOptions("nice").parse()


@pytest.mark.parametrize("name", ["alie", "min-max", "min-sum", "replay", "copy", "adaptive"])
def test_one_client_alone_cannot_do_what_needs_the_others_or_the_rule(name: str) -> None:
    with pytest.raises(ConfigError, match=f"{name} needs to know"):
        AttackOptions(name).parse()


@pytest.mark.parametrize(
    "parameters",
    [["scale=2"], ["scale=0.5"], []],
)
def test_parameters_of_an_attack_are_named(parameters: list[str]) -> None:
    assert AttackOptions("sign-flip", parameters).parse()


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("sign-flip", ["scale"], "NAME=VALUE"),
        ("sign-flip", ["=2"], "NAME=VALUE"),
        ("sign-flip", ["scale="], "NAME=VALUE"),
        ("sign-flip", ["scale=1", "scale=3"], "each name once"),
        ("sign-flip", ["size=2"], "takes scale"),
        ("sign-flip", ["scale=much"], "scale is a number"),
        ("sign-flip", ["scale=true"], "scale is a number"),
        ("sign-flip", ["scale=NaN"], "scale is a number"),
        ("random-labels", ["x=1"], "takes no parameters"),
        (None, ["scale=2"], "without --attack"),
    ],
)
def test_other_parameters_are_a_config_error(
    name: str | None, parameters: list[str], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        AttackOptions(name, parameters).parse()
