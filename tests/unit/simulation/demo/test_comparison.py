"""A demo's rounds, judged once more by another rule."""

from dataclasses import replace
from functools import cache

import pytest

from fedjury.data import load_dataset
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.judging import Candidate, Terms, judge
from fedjury.oracle.rules.registry import RULES, find_rule
from fedjury.protocol.task_spec import RuleSpec
from fedjury.protocol.tensors import shapes_of
from fedjury.protocol.update_file import encode_update
from fedjury.protocol.update_tag import UpdateTag
from fedjury.protocol.verdicts import Verdict, VerdictCode
from fedjury.simulation.demo.comparison import Comparison, other_rule
from fedjury.simulation.in_process import run_in_process
from fedjury.simulation.outcome import RoundOutcome
from fedjury.simulation.prepared import PreparedScenario, prepare
from fedjury.simulation.scenario import Scenario


@cache
def prepared(rule: str) -> PreparedScenario:
    scenario = {"data": "digits", "clients": 4, "rounds": 2, "adversaries": 0.25, "rule": rule}
    return prepare(Scenario.model_validate(scenario), load_dataset("digits", None))


@cache
def outcomes(rule: str) -> list[RoundOutcome]:
    return list(run_in_process(prepared(rule)))


def judged_by_a_jury(rule: str, lam: float, outcome: RoundOutcome) -> tuple[list[int], float]:
    """Who is accepted and how accurate the model is, by the code of a jury with this rule."""
    ready = prepared("paper")
    candidates = []
    for index, update in outcome.updates.items():
        tag = UpdateTag("task", outcome.number, f"{index}")
        data = encode_update(update, tag)
        candidates.append(Candidate(tag, lambda data=data: data))  # type: ignore[misc]
    terms = Terms(shapes_of(ready.task.genesis), 1e9, lam, find_rule(RuleSpec(name=rule)))
    evaluator = Evaluator(ready.build_model(), ready.slices[0])
    judged = judge(outcome.current, candidates, terms, evaluator)
    accepted = [
        index
        for index, verdict in zip(outcome.updates, judged.verdicts, strict=True)
        if verdict.accepted
    ]
    return sorted(accepted), ready.held_out.accuracy(judged.model)


@pytest.mark.parametrize(
    ("rule", "other", "lam"), [("paper", "selection", 0.0), ("selection", "paper", 0.5)]
)
def test_it_is_what_a_jury_with_the_other_rule_would_make_of_the_same_updates(
    rule: str, other: str, lam: float
) -> None:
    comparison = Comparison(prepared(rule))
    assert (comparison.rule, comparison.lam) == (other, lam)
    for outcome in outcomes(rule):
        compared = comparison.judge(outcome)
        assert (compared.accepted, compared.accuracy) == judged_by_a_jury(other, lam, outcome)
        assert compared.accepted
        assert not set(compared.accepted) & prepared(rule).controlled[outcome.number]


def test_no_rule_is_compared_with_itself() -> None:
    assert other_rule("selection") == "paper"
    for name in RULES.keys() - {"selection"}:
        assert other_rule(name) == "selection"


def test_what_is_malformed_or_a_copy_is_so_by_any_rule() -> None:
    first = outcomes("paper")[0]
    accepted = Comparison(prepared("paper")).judge(first).accepted
    for code in (VerdictCode.NOT_FINITE, VerdictCode.DUPLICATE):
        verdicts = {**first.verdicts, accepted[0]: Verdict(code)}
        less = Comparison(prepared("paper")).judge(replace(first, verdicts=verdicts))
        assert accepted[0] not in less.accepted


def test_with_which_updates_the_model_raises_is_asked_again_for_the_other_rules_share() -> None:
    first = outcomes("paper")[0]
    compared = Comparison(prepared("paper")).judge(first)
    verdicts = {**first.verdicts, compared.accepted[0]: Verdict(VerdictCode.MODEL_RAISES)}
    assert Comparison(prepared("paper")).judge(replace(first, verdicts=verdicts)) == compared


def test_where_nothing_is_accepted_the_model_stays() -> None:
    first = outcomes("paper")[0]
    none = {index: Verdict(VerdictCode.MALFORMED) for index in first.updates}
    compared = Comparison(prepared("paper")).judge(replace(first, verdicts=none))
    before = prepared("paper").held_out.accuracy(first.current)
    assert (compared.accepted, compared.accuracy) == ([], before)
