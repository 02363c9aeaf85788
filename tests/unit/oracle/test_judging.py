"""Judging a round: each kind of update gets its verdict, in order."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch
from safetensors.torch import save
from torch import nn

from fedjury.data import Samples
from fedjury.data.verification import VerificationSet
from fedjury.errors import ModelError
from fedjury.oracle.aggregation.averaging import mean, mix
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.judging import Candidate, Judgement, Terms, UpdateReader, inspect, judge
from fedjury.oracle.rules.base import Rule
from fedjury.oracle.rules.paper import PaperRule
from fedjury.oracle.rules.registry import RULES, find_rule
from fedjury.oracle.rules.selection import SelectionRule
from fedjury.protocol.digest import Digest
from fedjury.protocol.task_spec import RuleSpec
from fedjury.protocol.tensors import Tensors, encode, shapes_of
from fedjury.protocol.update_failure import UpdateFailure
from fedjury.protocol.update_file import encode_update
from fedjury.protocol.verdicts import Verdict, VerdictCode
from fedjury.task.state import load_state, weights_of
from tests.support.candidates import candidate_of, candidates_of, tag_of
from tests.support.fake_federation import verification, weights
from tests.support.odd_modules import ODD
from tests.support.plugins import linear
from tests.support.raising_modules import Fragile, fail, fragile, fragile_between

CURRENT, USELESS = weights(0), weights()  # 2 of 6 right, and as many when they are mixed
OLD = Digest(b"\7" * 32)
TERMS = Terms(shapes_of(CURRENT), 1e3, 0.5, PaperRule())
ACCEPTED, NOT_IMPROVED = VerdictCode.ACCEPTED, VerdictCode.NOT_IMPROVED


def _raw(index: int, data: bytes) -> Candidate:
    return Candidate(tag_of(index), lambda: data)


def _missing(index: int, code: VerdictCode) -> Candidate:
    def load() -> bytes:
        raise AssertionError("there is nothing to load")

    return Candidate(tag_of(index), load, UpdateFailure(code, "because"))


def _judge(
    *candidates: Candidate, current: Tensors = CURRENT, rule: Rule = TERMS.rule
) -> Judgement:
    terms = replace(TERMS, rule=rule)
    return judge(current, candidates, terms, Evaluator(linear(), verification()))


EACH_RULE = pytest.mark.parametrize(
    "rule", [find_rule(RuleSpec(name=name)) for name in RULES], ids=list(RULES)
)
WELL_FORMED = [
    weights(0, 1),
    USELESS,
    weights(2),
    weights(0, 1, 2, scale=4.0),
    weights(1, scale=0.5),
]


def test_every_kind_of_update_gets_its_verdict_in_order() -> None:
    good, better = weights(0, 1), weights(0, 1, 2, scale=4.0)
    judged = _judge(
        candidate_of(0, good),
        _missing(1, VerdictCode.UNAVAILABLE),
        _missing(2, VerdictCode.TOO_LARGE),
        _raw(3, b"\x80\x04pickle"),
        candidate_of(4, {"weight": torch.full((3, 3), float("nan"))}),
        _raw(5, encode_update(better, tag_of(0))),
        candidate_of(6, good),
        candidate_of(7, USELESS),
        candidate_of(8, better),
        candidate_of(9, {"weight": torch.eye(2)}),
    )
    assert judged.verdicts == [
        Verdict(ACCEPTED, 4),
        Verdict(VerdictCode.UNAVAILABLE),
        Verdict(VerdictCode.TOO_LARGE),
        Verdict(VerdictCode.MALFORMED),
        Verdict(VerdictCode.NOT_FINITE),
        Verdict(VerdictCode.NOT_THE_SENDERS),
        Verdict(VerdictCode.DUPLICATE),
        Verdict(NOT_IMPROVED, 2),
        Verdict(ACCEPTED, 6),
        Verdict(VerdictCode.MALFORMED),
    ]
    assert len(judged.reasons) == 10
    assert all(judged.reasons)
    assert (judged.baseline_correct, judged.model_correct) == (2, 6)


def test_people_are_told_the_count_and_what_decided_where_it_did_not() -> None:
    good = candidate_of(0, weights(0, 1))
    judged = _judge(good, candidate_of(1, USELESS))
    assert judged.reasons == ["4 right with it, 2 to beat", "2 right with it, 2 to beat"]
    strict = _judge(good, rule=PaperRule(z=5))
    assert strict.verdicts == [Verdict(NOT_IMPROVED, 4)]
    why = "above the baseline, but not by enough for z = 5"
    assert strict.reasons == [f"4 right with it, 2 to beat; {why}"]


def test_the_model_is_the_aggregate_of_the_accepted_alone() -> None:
    accepted = [weights(0, 1), weights(0, 1, 2, scale=4.0)]
    judged = _judge(*candidates_of([accepted[0], USELESS, accepted[1]]))
    expected = encode(mix(CURRENT, mean(accepted), 0.5))
    assert judged.model_file == expected == encode(judged.model)
    assert judged.model_digest(OLD) == Digest.of(expected)


def test_the_first_of_equals_stays_and_every_later_one_is_a_duplicate() -> None:
    same = weights(0, 1)
    codes = [verdict.code for verdict in _judge(*candidates_of([same] * 3)).verdicts]
    assert codes == [ACCEPTED, VerdictCode.DUPLICATE, VerdictCode.DUPLICATE]


def test_a_copy_of_a_rejected_update_is_a_duplicate_as_well() -> None:
    codes = [verdict.code for verdict in _judge(*candidates_of([USELESS] * 2)).verdicts]
    assert codes == [NOT_IMPROVED, VerdictCode.DUPLICATE]


def test_a_copy_with_other_metadata_is_a_duplicate() -> None:
    good = weights(0, 1)
    noted = encode(good, {**tag_of(1).metadata(), "note": "my own work"})
    judged = _judge(candidate_of(0, good), _raw(1, noted))
    assert [each.code for each in judged.verdicts] == [ACCEPTED, VerdictCode.DUPLICATE]


def test_zero_has_no_sign_when_duplicates_are_looked_for() -> None:
    one, other = weights(0, 1), {"weight": torch.where(weights(0, 1)["weight"] == 0, -0.0, 1.0)}
    assert not torch.equal(one["weight"].view(torch.int32), other["weight"].view(torch.int32))
    files = [save(each, tag_of(index).metadata()) for index, each in enumerate((one, other))]
    codes = [v.code for v in _judge(_raw(0, files[0]), _raw(1, files[1])).verdicts]
    assert codes == [ACCEPTED, VerdictCode.DUPLICATE]


def test_what_never_passed_the_checks_makes_no_duplicates() -> None:
    same = weights(0, 1)
    stolen = encode_update(same, tag_of(9))
    codes = [v.code for v in _judge(_raw(0, stolen), candidate_of(1, same)).verdicts]
    assert codes == [VerdictCode.NOT_THE_SENDERS, ACCEPTED]


def test_a_failure_to_fetch_is_the_verdict() -> None:
    (found,) = inspect(UpdateReader([_missing(0, VerdictCode.TOO_LARGE)], TERMS))
    assert found == UpdateFailure(VerdictCode.TOO_LARGE, "because")


def test_an_empty_round_keeps_the_model() -> None:
    judged = _judge()
    assert (judged.verdicts, judged.reasons, judged.model_file) == ([], [], None)
    assert judged.baseline_correct == judged.model_correct == 2


def test_with_nothing_accepted_the_model_and_its_digest_stay() -> None:
    judged = _judge(candidate_of(0, USELESS), _raw(1, b""))
    assert judged.model_file is None
    assert judged.model is CURRENT
    assert judged.model_correct == judged.baseline_correct
    assert judged.model_digest(OLD) == OLD


def test_the_order_of_the_updates_does_not_change_their_verdicts() -> None:
    files = candidates_of([weights(0, 1), weights(2), weights(0, 1, 2)])
    forwards, backwards = _judge(*files), _judge(*reversed(files))
    assert forwards.verdicts == backwards.verdicts[::-1]
    assert forwards.model_correct == backwards.model_correct


@EACH_RULE
def test_every_rule_judges_what_is_well_formed_and_aggregates_what_it_accepts(rule: Rule) -> None:
    files = candidates_of(WELL_FORMED)
    judged = _judge(_missing(9, VerdictCode.UNAVAILABLE), *files, _raw(8, b""), rule=rule)
    first, *verdicts, last = judged.verdicts
    assert (first.code, last.code) == (VerdictCode.UNAVAILABLE, VerdictCode.MALFORMED)
    assert {verdict.code for verdict in verdicts} <= {ACCEPTED, NOT_IMPROVED}
    scores = Evaluator(linear(), verification())
    share = 0.875 if isinstance(rule, SelectionRule) else 0.5
    counts = [scores.correct(mix(CURRENT, update, share)) for update in WELL_FORMED]
    assert [verdict.correct for verdict in verdicts] == counts
    accepted = [u for u, verdict in zip(WELL_FORMED, verdicts, strict=True) if verdict.accepted]
    assert accepted
    models = [encode(rule.aggregate(CURRENT, accepted, lam)) for lam in rule.mixing_weights(0.5)]
    assert judged.model_file in models
    assert judged.model_correct == scores.correct(judged.model)


@EACH_RULE
def test_a_rule_that_judges_each_alone_does_not_heed_the_others(rule: Rule) -> None:
    together = _judge(*candidates_of(WELL_FORMED), rule=rule).verdicts
    alone = [_judge(candidate_of(0, update), rule=rule).verdicts[0] for update in WELL_FORMED]
    assert together == alone or not rule.independent


@EACH_RULE
def test_every_rule_takes_a_round_without_well_formed_updates(rule: Rule) -> None:
    judged = _judge(_raw(0, b""), rule=rule)
    assert judged.model_file is None
    assert judged.baseline_correct == judged.model_correct == 2


@EACH_RULE
@pytest.mark.parametrize("odd", ODD)
@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
def test_parameters_of_odd_shapes_are_judged_either_way_by_every_rule(odd: str, rule: Rule) -> None:
    torch.manual_seed(1)
    model = ODD[odd]()
    current = weights_of(model)
    updates = [
        {name: tensor + 0.3 * torch.randn_like(tensor) for name, tensor in current.items()}
        for _ in range(4)
    ]
    found = []
    for by_reference in (False, True):
        evaluator = Evaluator(model, verification(), by_reference=by_reference)
        terms = Terms(shapes_of(current), 1e3, 0.0, rule)
        found.append(judge(current, candidates_of(updates), terms, evaluator))
    assert found[0].verdicts == found[1].verdicts
    assert found[0].model_file == found[1].model_file
    assert {verdict.code for verdict in found[0].verdicts} <= {ACCEPTED, NOT_IMPROVED}
    if not isinstance(rule, SelectionRule):
        with torch.no_grad():
            for update, verdict in zip(updates, found[0].verdicts, strict=True):
                load_state(model, update)
                right = model(verification().samples.x).argmax(1) == verification().samples.y
                assert verdict.correct == int(right.sum())


# --- a model that raises with some weights ---

RAISES = VerdictCode.MODEL_RAISES
BAD = {"weight": -3 * torch.eye(3)}  # p is negative with it, whatever λ of this page


def _judge_fragile(
    updates: Sequence[Tensors],
    current: Tensors = CURRENT,
    rule: Rule = TERMS.rule,
    lam: float = 0.5,
    model: nn.Module | None = None,
    **how: int,
) -> Judgement:
    evaluator = Evaluator(model or fragile(), verification(), **how)  # type: ignore[arg-type]
    return judge(current, candidates_of(updates), replace(TERMS, rule=rule, lam=lam), evaluator)


@EACH_RULE
def test_an_update_with_which_the_model_raises_is_told_and_left_out_by_every_rule(
    rule: Rule,
) -> None:
    judged = _judge_fragile([BAD, *WELL_FORMED, {"weight": BAD["weight"] * 2}], rule=rule)
    first, *verdicts, last = judged.verdicts
    assert first == last == Verdict(RAISES, 0)
    without = _judge_fragile(WELL_FORMED, rule=rule)
    assert verdicts == without.verdicts
    assert judged.reasons[1:-1] == without.reasons
    assert judged.model_file == without.model_file is not None
    assert judged.model_correct == without.model_correct
    said = "the model raises with it: ValueError: a negative weight, in raising_modules.py, line"
    assert judged.reasons[0].startswith(said)


@EACH_RULE
def test_a_model_that_is_never_made_to_raise_is_judged_as_one_that_cannot(rule: Rule) -> None:
    plain = _judge(*candidates_of(WELL_FORMED), rule=rule)
    fragile_one = _judge_fragile(WELL_FORMED, rule=rule)
    assert fragile_one.verdicts == plain.verdicts
    assert fragile_one.reasons == plain.reasons
    assert fragile_one.model_file == plain.model_file


@EACH_RULE
def test_where_the_model_raises_with_every_update_it_stays(rule: Rule) -> None:
    judged = _judge_fragile([BAD, {"weight": BAD["weight"] * 2}], rule=rule)
    assert [verdict.code for verdict in judged.verdicts] == [RAISES, RAISES]
    assert judged.model_file is None
    assert judged.model_correct == judged.baseline_correct == 2


def test_a_copy_of_an_update_with_which_the_model_raises_is_a_duplicate() -> None:
    codes = [verdict.code for verdict in _judge_fragile([BAD, BAD]).verdicts]
    assert codes == [RAISES, VerdictCode.DUPLICATE]


@EACH_RULE
def test_a_jury_of_different_settings_finds_the_same_of_a_model_that_raises(rule: Rule) -> None:
    updates = [*WELL_FORMED, BAD]
    before = torch.get_num_threads()
    try:
        found = []
        for threads, size, by_reference in ((1, 1, 0), (2, 4, 1), (2, 2048, 0)):
            torch.set_num_threads(threads)
            with torch.autocast("cpu", enabled=bool(by_reference)):
                found.append(
                    _judge_fragile(updates, rule=rule, batch_size=size, by_reference=by_reference)
                )
    finally:
        torch.set_num_threads(before)
    assert found[0].verdicts[-1].code is RAISES
    for other in found[1:]:
        assert other.verdicts == found[0].verdicts
        assert other.model_file == found[0].model_file
        assert other.model_correct == found[0].model_correct


def test_samples_of_one_chunk_are_enough_for_the_verdict() -> None:
    def breaks(weight: torch.Tensor, x: torch.Tensor) -> bool:
        return bool((weight < 0).any()) and bool((x > 1).any())

    plain = verification().samples
    x = plain.x.repeat(10, 1)
    x[57] *= 2
    chosen = VerificationSet(Samples(x, plain.y.repeat(10)), bytes(32))
    evaluator = Evaluator(Fragile(breaks, fail), chosen)
    judged = judge(CURRENT, candidates_of([BAD, weights(0, 1)]), TERMS, evaluator)
    assert judged.verdicts == [Verdict(RAISES, 0), Verdict(ACCEPTED, 40)]


def test_the_model_before_may_be_one_with_which_it_raises() -> None:
    judged = _judge_fragile([weights(0, 1), weights(0)], current=BAD, lam=0.0)
    assert judged.baseline_correct == 2  # which is what a constant answer gets
    assert judged.verdicts == [Verdict(ACCEPTED, 4), Verdict(NOT_IMPROVED, 2)]
    assert judged.model_correct == 4


def _first_weight(value: float) -> Tensors:
    tensors = weights(0, 1, 2)
    tensors["weight"][0, 0] = value
    return tensors


def test_where_the_aggregate_makes_the_model_raise_all_that_are_in_it_are_told() -> None:
    # between 0.4 and 0.6 the model raises, and the mean of the two is 0.5
    updates = [_first_weight(0.25), USELESS, _first_weight(0.75), BAD]
    for rule in (PaperRule(), find_rule(RuleSpec(name="loss"))):
        judged = _judge_fragile(updates, rule=rule, lam=0.0, model=fragile_between())
        assert judged.verdicts == [
            Verdict(RAISES, 0),
            Verdict(NOT_IMPROVED, 0),
            Verdict(RAISES, 0),
            Verdict(RAISES, 0),
        ]
        assert judged.reasons[0].startswith("the model raises with the aggregate: ValueError")
        assert judged.reasons[0] == judged.reasons[2]
        assert judged.reasons[3].startswith("the model raises with it: ValueError")
        assert judged.model is CURRENT
        assert judged.model_file is None
        assert judged.model_correct == judged.baseline_correct == 2
        assert judged.model_digest(OLD) == OLD


def test_what_the_first_model_raises_too_is_no_verdict_on_anybody() -> None:
    model = Fragile(lambda weight, x: True, fail)
    with pytest.raises(ModelError, match="even with the weights that its task began with"):
        _judge_fragile([weights(0)], model=model)


def test_no_mixed_model_is_evaluated_twice() -> None:
    evaluated = list[int]()

    def breaks(weight: torch.Tensor, x: torch.Tensor) -> bool:
        evaluated.append(len(x))
        return bool((weight < 0).any())

    for rule in (PaperRule(), find_rule(RuleSpec(name="loss")), find_rule(RuleSpec(name="fedavg"))):
        evaluated.clear()
        model = Fragile(breaks, fail)
        judged = _judge_fragile([*WELL_FORMED, BAD], rule=rule, model=model)
        # six samples take one pass; one for each update, w, the new model, the model's own state
        # that BAD is held against, and one that looks for a plan
        assert evaluated == [3] + [6] * (len(WELL_FORMED) + 4)
        assert judged.verdicts[-1].code is RAISES
