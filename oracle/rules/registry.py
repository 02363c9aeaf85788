"""Verification rules by the name that a task spec gives."""

import inspect
from typing import Any

from fedjury.errors import SpecError
from fedjury.oracle.rules.base import Rule
from fedjury.oracle.rules.coordinatewise import MedianRule, TrimmedMeanRule
from fedjury.oracle.rules.fedavg import FedAvgRule
from fedjury.oracle.rules.loss import LossRule
from fedjury.oracle.rules.multi_krum import MultiKrumRule
from fedjury.oracle.rules.paper import PaperRule
from fedjury.oracle.rules.selection import SelectionRule
from fedjury.protocol.task_spec import RuleSpec

RULES: dict[str, type[Rule]] = {
    "paper": PaperRule,
    "loss": LossRule,
    "selection": SelectionRule,
    "fedavg": FedAvgRule,
    "median": MedianRule,
    "trimmed-mean": TrimmedMeanRule,
    "multi-krum": MultiKrumRule,
}

# The paper's rule tries an update by half a step, and has its mean enter by half; the others take
# the whole mean (docs/study.md).
_SUITED_LAMBDAS = {"paper": 0.5}
_SUITED_LAMBDA = 0.0


def suited_lambda(rule: str) -> float:
    """The λ that suits a rule, for whoever names a rule and no λ; see docs/study.md.

    Args:
        rule: the rule's name; one that is unknown is refused elsewhere.
    """
    return _SUITED_LAMBDAS.get(rule, _SUITED_LAMBDA)


def find_rule(spec: RuleSpec) -> Rule:
    """The rule that a spec names, with the spec's parameters.

    Raises:
        SpecError: no such rule, parameters that it does not take, or values out of range.
    """
    kind: Any = RULES.get(spec.name)
    if kind is None:
        raise SpecError(f"unknown rule {spec.name!r}; known: {', '.join(sorted(RULES))}")
    known = list(inspect.signature(kind).parameters)
    if unknown := sorted(spec.parameters.keys() - set(known)):
        takes = ", ".join(known) or "no parameters"
        raise SpecError(f"the rule {spec.name!r} takes {takes}, not {', '.join(unknown)}")
    try:
        rule: Rule = kind(**spec.parameters)
    except (TypeError, ValueError) as error:
        raise SpecError(f"the rule {spec.name!r}: {error}") from error
    return rule


def rule_spec(rule: Rule) -> RuleSpec:
    """The spec of a rule, with all of its parameters."""
    kind = type(rule)
    name = next((name for name, known in RULES.items() if known is kind), kind.__name__)
    return RuleSpec(name=name, parameters=dict(vars(rule)))
