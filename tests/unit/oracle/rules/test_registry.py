"""Finding rules by name."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from fedjury.errors import SpecError
from fedjury.oracle.rules.base import RuleInput
from fedjury.oracle.rules.coordinatewise import TrimmedMeanRule
from fedjury.oracle.rules.paper import PaperRule
from fedjury.oracle.rules.registry import RULES, find_rule, suited_lambda
from fedjury.protocol.task_spec import RuleSpec
from fedjury.simulation.experiment import load_experiment
from tests.support.scores import MadeUpScores
from tests.support.updates import weight


def test_the_paper_rule_is_found_by_name() -> None:
    assert isinstance(find_rule(RuleSpec()), PaperRule)


def test_a_rule_is_made_from_its_parameters() -> None:
    assert find_rule(RuleSpec(name="trimmed-mean")) == TrimmedMeanRule(0.2)
    named = RuleSpec(name="trimmed-mean", parameters={"trim": 0.4})
    assert find_rule(named) == TrimmedMeanRule(0.4)


@pytest.mark.parametrize("name", RULES)
def test_every_rule_has_defaults(name: str) -> None:
    rule = find_rule(RuleSpec(name=name))
    assert rule == find_rule(RuleSpec(name=name))
    assert isinstance(rule.independent, bool)


@pytest.mark.parametrize(
    "spec",
    [
        RuleSpec(name="krum"),
        RuleSpec(name=""),
        *(RuleSpec(name=name, parameters={"k": 1}) for name in RULES),
        *(
            RuleSpec(name=name, parameters={parameter: value})
            for name, parameter, limit in (
                ("trimmed-mean", "trim", 0.5),
                ("multi-krum", "byzantine", 1),
                ("loss", "rho", 10**400),
                ("paper", "z", 100),
                ("selection", "z", 100),
                ("selection", "slack", 100),
                ("selection", "cap", 1000),
            )
            for value in (-0.1, limit, float("nan"), float("inf"), "0.1", True, None, [0.1])
        ),
    ],
    ids=lambda spec: f"{spec.name} {spec.parameters}"[:50],
)
def test_an_unknown_rule_or_parameter_is_a_spec_error(spec: RuleSpec) -> None:
    with pytest.raises(SpecError):
        find_rule(spec)


def _accepted(name: str, sign: int) -> Sequence[bool]:
    """What a rule accepts where weights are the better the larger they are, or the smaller."""
    scores = MadeUpScores(
        lambda tensors: int(50 + 10 * sign * tensors["w"].item()),
        lambda tensors: (5000 - 1000 * sign * tensors["w"]).long(),
        100,
    )
    updates = [weight(value) for value in (-2.0, -1.0, -1.5, 1.0, 2.0)]
    given = RuleInput(weight(0.0), updates, 0.0, scores)
    return find_rule(RuleSpec(name=name)).judge(given).accepted


@pytest.mark.parametrize("name", RULES)
def test_a_rule_says_whether_the_samples_decide_anything(name: str) -> None:
    differs = list(_accepted(name, 1)) != list(_accepted(name, -1))
    assert RULES[name].consults == differs
    assert differs == (name in ("paper", "loss", "selection"))


def test_the_lambda_that_suits_each_rule_is_the_studys() -> None:
    used = {
        (each.rule.name, each.lam)
        for path in (Path(__file__).parents[4] / "experiments" / "study").glob("*.toml")
        for each in load_experiment(path).scenarios
    }
    assert used == {(name, suited_lambda(name)) for name in RULES}
    assert suited_lambda("paper") == 0.5
    assert suited_lambda("selection") == 0.0
