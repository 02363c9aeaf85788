"""Verification rules by the name that a task spec gives."""

from fedjury.errors import SpecError
from fedjury.spec import RuleSpec
from oracle.rules.base import Rule, RuleInput, Ruling, Updates
from oracle.rules.paper import PaperRule

RULES: dict[str, Rule] = {"paper": PaperRule()}


def find_rule(spec: RuleSpec) -> Rule:
    """The rule that a spec names.

    Raises:
        SpecError: no such rule, or parameters that it does not take.
    """
    rule = RULES.get(spec.name)
    if rule is None:
        raise SpecError(f"unknown rule {spec.name!r}; known: {', '.join(sorted(RULES))}")
    if spec.name == "paper" and spec.parameters:
        raise SpecError(f"the rule 'paper' takes no parameters, not {sorted(spec.parameters)}")
    return rule


__all__ = ["RULES", "Rule", "RuleInput", "Ruling", "Updates", "find_rule"]
