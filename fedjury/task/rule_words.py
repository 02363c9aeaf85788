"""A task's verification rule in words, and why a verdict does not follow from its count."""

from typing import Any

from fedjury.protocol.task_spec import RuleSpec

_COUNTING = "paper"  # the one rule whose verdicts follow from counts, where its z is 0
# What decides under the other rules.
_OTHERWISE = {
    "loss": "the rule goes by losses",
    "selection": "the rule goes by losses, of several updates together",
}
_ELSE = "the rule does not go by counts"


def rule_words(rule: RuleSpec) -> str:
    """The rule's name with the parameters that its spec gives: ``paper (z=5)``."""
    given = ", ".join(f"{name}={_plain(value)}" for name, value in sorted(rule.parameters.items()))
    return f"{rule.name} ({given})" if given else rule.name


def why_despite_count(rule: RuleSpec, right: int, baseline: int, *, accepted: bool) -> str:
    """Why an update is accepted though its count does not beat the baseline, or the reverse.

    Args:
        rule: of the task.
        right: verification samples right with the update mixed in.
        baseline: what that has to beat under the paper's rule.
        accepted: the verdict.

    Returns:
        A sentence without a full stop; "" where the count says it.
    """
    if accepted == (right > baseline):
        return ""
    if rule.name != _COUNTING:
        return _OTHERWISE.get(rule.name, _ELSE)
    z = rule.parameters.get("z", 0)
    return "" if accepted or not z else f"above the baseline, but not by enough for z = {_plain(z)}"


def _plain(value: Any) -> str:
    """A parameter's value, a whole number without its fraction."""
    return str(value).removesuffix(".0")
