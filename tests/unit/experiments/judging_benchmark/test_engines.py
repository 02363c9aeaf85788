"""A juror of the benchmark judges as any other does."""

import pytest

from experiments.judging_benchmark.engines import PAPER, Engine, Rule, verdicts_of
from experiments.judging_benchmark.rounds import MAX_MAGNITUDE, tag_of
from experiments.judging_benchmark.settings import RULES
from fedjury.data.verification import VerificationSet
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.judging import Candidate, Terms, judge
from fedjury.oracle.rules.registry import RULES as KNOWN
from fedjury.oracle.rules.registry import find_rule, suited_lambda
from fedjury.protocol.task_spec import RuleSpec
from fedjury.task.models import build_trusted_model
from tests.support.judging_rounds import SMALL, small_round


def test_every_rule_is_measured() -> None:
    assert {rule.name for rule in RULES} == KNOWN.keys()
    assert Rule("selection", {"cap": 2.0}).label == "selection, cap = 2"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.label)
def test_a_juror_that_knows_the_round_before_judges_as_a_new_one(rule: Rule) -> None:
    round_ = small_round()
    found = find_rule(RuleSpec(name=rule.name, parameters=rule.parameters))
    terms = Terms(round_.shapes, MAX_MAGNITUDE, suited_lambda(rule.name), found)
    verification = VerificationSet(round_.samples, bytes(range(32)))
    evaluator = Evaluator(build_trusted_model(SMALL), verification)
    candidates = [
        Candidate(tag_of(index), lambda data=data: data)  # type: ignore[misc]
        for index, data in enumerate(round_.updates)
    ]
    expected = judge(round_.current, candidates, terms, evaluator)
    judged = Engine().ready(round_, rule)()
    assert judged.verdicts == expected.verdicts
    assert judged.model_file == expected.model_file


def test_verdicts_are_plain_numbers() -> None:
    judged = Engine().ready(small_round().first(2), PAPER)()
    assert verdicts_of(judged) == [(int(each.code), each.correct) for each in judged.verdicts]
