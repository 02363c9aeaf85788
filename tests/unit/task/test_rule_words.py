"""A rule in words, and why verdicts do not follow from counts."""

from typing import Any

import pytest

from fedjury.protocol.task_spec import RuleSpec
from fedjury.task.rule_words import rule_words, why_despite_count


@pytest.mark.parametrize(
    ("name", "parameters", "words"),
    [
        ("paper", {}, "paper"),
        ("paper", {"z": 5}, "paper (z=5)"),
        ("paper", {"z": 2.0}, "paper (z=2)"),
        ("selection", {"z": 1.96, "cap": 3}, "selection (cap=3, z=1.96)"),
    ],
)
def test_a_rule_is_told_with_its_parameters(
    name: str, parameters: dict[str, Any], words: str
) -> None:
    assert rule_words(RuleSpec(name=name, parameters=parameters)) == words


BY_Z = "above the baseline, but not by enough for z = 5"


@pytest.mark.parametrize(
    ("rule", "right", "accepted", "words"),
    [
        (RuleSpec(parameters={"z": 5}), 83, False, BY_Z),
        (RuleSpec(parameters={"z": 5.0}), 79, False, BY_Z),
        (RuleSpec(parameters={"z": 5}), 78, False, ""),
        (RuleSpec(parameters={"z": 5}), 99, True, ""),
        (RuleSpec(), 79, True, ""),
        (RuleSpec(name="loss"), 83, False, "the rule goes by losses"),
        (RuleSpec(name="loss"), 78, True, "the rule goes by losses"),
        (RuleSpec(name="loss"), 77, False, ""),
        (
            RuleSpec(name="selection"),
            83,
            False,
            "the rule goes by losses, of several updates together",
        ),
        (RuleSpec(name="fedavg"), 2, True, "the rule does not go by counts"),
    ],
)
def test_what_decided_is_told_where_the_count_did_not(
    rule: RuleSpec, right: int, accepted: bool, words: str
) -> None:
    assert why_despite_count(rule, right, 78, accepted=accepted) == words
