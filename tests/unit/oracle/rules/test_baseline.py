"""No constant answer is accepted, whatever the first model, the labels and the rule that compares.

A constant answer gives every sample the same logits. The first models here are worse than that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from fedjury.data import Samples
from fedjury.data.verification import VerificationSet
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.judging import Judgement, Terms, judge
from fedjury.oracle.rules.base import Rule, RuleInput
from fedjury.oracle.rules.baseline import Baseline
from fedjury.oracle.rules.evaluation import Evaluation
from fedjury.oracle.rules.fedavg import FedAvgRule
from fedjury.oracle.rules.loss import LossRule
from fedjury.oracle.rules.multi_krum import MultiKrumRule
from fedjury.oracle.rules.paper import PaperRule
from fedjury.oracle.rules.selection import SelectionRule
from fedjury.protocol.tensors import Tensors, shapes_of
from fedjury.task.state import load_state, weights_of
from tests.support.candidates import candidates_of
from tests.support.scores import MadeUpScores, made_up_constant
from tests.support.sentences import WORDS, next_word, sentences
from tests.support.updates import weight

CLASSES, INPUTS = 5, 8
RULES = [
    PaperRule(),
    PaperRule(z=3.0),
    LossRule(),
    SelectionRule(),
    SelectionRule(z=0.0, slack=0.0),
]
EACH_RULE = pytest.mark.parametrize("rule", RULES, ids=repr)


# --- what it is ---


@pytest.mark.parametrize("rule", [PaperRule(), LossRule(), FedAvgRule(), MultiKrumRule()], ids=repr)
@pytest.mark.parametrize("constant", [3, 30])
def test_every_ruling_has_the_larger_count_as_its_baseline(rule: Rule, constant: int) -> None:
    scores = MadeUpScores(lambda _: 10, constant=made_up_constant(constant, 0))
    ruling = rule.judge(RuleInput(weight(0), [weight(1)], 0.0, scores))
    assert ruling.baseline == max(10, constant)


@pytest.mark.parametrize(("constant", "accepted"), [(10**9, True), (8, True), (7, False)])
def test_the_loss_rule_holds_losses_against_the_lesser(constant: int, accepted: bool) -> None:
    scores = MadeUpScores(
        lambda _: 0, lambda tensors: tensors["w"].long(), 1, constant=made_up_constant(0, constant)
    )
    ruling = LossRule().judge(RuleInput(weight(9), [weight(7), weight(9)], 0.0, scores))
    assert ruling.accepted == [accepted, False]


@pytest.mark.parametrize(
    ("correct", "loss", "allowed"),
    [(10, 50, True), (11, 49, True), (9, 49, False), (11, 51, False), (9, 51, False)],
)
def test_a_model_is_no_worse_only_where_both_are(correct: int, loss: int, allowed: bool) -> None:
    for before, constant in (((10, 60), (4, 50)), ((8, 50), (10, 70)), ((10, 50), (0, 999))):
        evaluation = Evaluation(torch.tensor([before[1]]), lambda count=before[0]: count)  # type: ignore[misc]
        baseline = Baseline.of(evaluation, made_up_constant(*constant))
        assert baseline == Baseline(10, 50)
        assert baseline.allows(Evaluation(torch.tensor([loss]), lambda: correct)) == allowed


# --- constant answers to samples with one label each ---


@dataclass(frozen=True)
class Task:
    """Linear models of five clusters.

    Attributes:
        evaluator: on 300 samples of them.
        shares: how often each label is there.
        centres: of the clusters.
    """

    evaluator: Evaluator
    shares: torch.Tensor
    centres: torch.Tensor

    def trained(self, seed: int, start: Tensors) -> Tensors:
        """Weights after some training on samples of one's own."""
        model, samples = nn.Linear(INPUTS, CLASSES), _samples(200, seed, self.shares, self.centres)
        load_state(model, start)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.3)
        for _ in range(100):
            optimizer.zero_grad()
            cross_entropy(model(samples.x), samples.y).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        return weights_of(model)

    @property
    def starts(self) -> dict[str, Tensors]:
        """First models that are worse than a constant answer."""
        nothing, silent = torch.zeros(CLASSES), torch.zeros(CLASSES, INPUTS)
        rarest = int(self.evaluator.verification.samples.y.bincount().argmin())
        torch.manual_seed(3)
        return {
            "drawn": weights_of(nn.Linear(INPUTS, CLASSES)),
            "wrong": {"weight": -self.centres, "bias": nothing},
            "very wrong": {"weight": -300 * self.centres, "bias": nothing},
            "large": {"weight": 500 * torch.randn(CLASSES, INPUTS), "bias": nothing},
            "rarest": {"weight": silent, "bias": 900 * torch.eye(CLASSES)[rarest]},
        }


def _samples(count: int, seed: int, shares: torch.Tensor, centres: torch.Tensor) -> Samples:
    generator = torch.Generator().manual_seed(seed)
    y = torch.multinomial(shares, count, replacement=True, generator=generator)
    return Samples(centres[y] + torch.randn(count, INPUTS, generator=generator), y)


@cache
def task(kind: str) -> Task:
    """Labels that are balanced, or skewed."""
    shares = torch.tensor([1.0] * CLASSES if kind == "balanced" else [3.0, 20.0, 1.0, 1.0, 1.0])
    centres = 1.5 * torch.randn(CLASSES, INPUTS, generator=torch.Generator().manual_seed(1))
    samples = _samples(300, 7, shares, centres)
    evaluator = Evaluator(nn.Linear(INPUTS, CLASSES), VerificationSet(samples, bytes(32)))
    return Task(evaluator, shares, centres)


def _biases(labels: torch.Tensor, classes: int) -> list[torch.Tensor]:
    """Logits of constant answers: the most and the least frequent class a little, much and
    extremely; and how often each class is there, exactly, less clearly, and a little off."""
    counts = labels.bincount(minlength=classes)
    log, off = (counts / len(labels)).clamp(min=1e-6).log(), torch.linspace(-0.02, 0.02, classes)
    ends = torch.eye(classes)[[int(counts.argmax()), int(counts.argmin())]]
    return [*(scale * row for scale in (0.3, 8, 900) for row in ends), log, 0.5 * log, log + off]


def _constant(kind: str) -> list[Tensors]:
    labels = task(kind).evaluator.verification.samples.labels
    nothing = torch.zeros(CLASSES, INPUTS)
    return [{"weight": nothing, "bias": bias} for bias in _biases(labels, CLASSES)]


def _judged(rule: Rule, kind: str, start: str, updates: Sequence[Tensors]) -> Judgement:
    the, current = task(kind), task(kind).starts[start]
    terms = Terms(shapes_of(current), 1e6, 0.0, rule)
    return judge(current, candidates_of(updates), terms, the.evaluator)


EACH_TASK = pytest.mark.parametrize("kind", ["balanced", "skewed"])
EACH_START = pytest.mark.parametrize("start", ["drawn", "wrong", "very wrong", "large", "rarest"])


@EACH_TASK
@EACH_START
def test_the_first_models_are_worse_than_a_constant_answer(kind: str, start: str) -> None:
    evaluator, weights = task(kind).evaluator, task(kind).starts[start]
    assert evaluator.correct(weights) < evaluator.constant.correct
    assert evaluator.loss(weights) > 1.05 * evaluator.constant.loss


@EACH_TASK
@EACH_START
@EACH_RULE
def test_no_constant_answer_is_accepted_and_the_model_stays(
    rule: Rule, kind: str, start: str
) -> None:
    evaluator, updates = task(kind).evaluator, _constant(kind)
    judged = _judged(rule, kind, start, updates)
    assert judged.baseline_correct == evaluator.constant.correct
    if start == "drawn" and isinstance(rule, SelectionRule) and judged.model_file:
        # mixed with such a model they are no constant answers any more, and this one is better
        assert judged.model_correct >= evaluator.constant.correct
        assert evaluator.loss(judged.model) <= evaluator.constant.loss
        return
    assert not any(verdict.accepted for verdict in judged.verdicts)
    assert judged.model_file is None
    assert judged.model_correct == evaluator.correct(task(kind).starts[start])


@EACH_TASK
@EACH_START
@pytest.mark.parametrize("rule", RULES[:-1], ids=repr)  # the last leaves out who costs anything
def test_honest_updates_are_accepted_beside_them(rule: Rule, kind: str, start: str) -> None:
    the, nothing = task(kind), torch.zeros(CLASSES, INPUTS)
    begun = {"weight": nothing, "bias": torch.zeros(CLASSES)}
    honest = [the.trained(seed, begun) for seed in range(4)]
    biases = 8 * torch.eye(CLASSES)[2] + 0.01 * torch.eye(CLASSES)[:4]
    judged = _judged(
        rule, kind, start, [*honest, *({"weight": nothing, "bias": b} for b in biases)]
    )
    assert [verdict.accepted for verdict in judged.verdicts] == [True] * 4 + [False] * 4
    assert judged.model_correct > judged.baseline_correct


# --- constant answers to sequences ---


@EACH_RULE
def test_no_constant_answer_to_sequences_is_accepted(rule: Rule) -> None:
    torch.manual_seed(1)
    model, test = next_word(recurrent=False), sentences().test
    current, evaluator = weights_of(model), Evaluator(model, VerificationSet(test, bytes(32)))
    assert evaluator.correct(current) < evaluator.constant.correct
    nothing = torch.zeros_like(current["head.weight"])
    updates = [
        {**current, "head.weight": nothing, "head.bias": bias}
        for bias in _biases(test.labels, WORDS)
    ]
    ruling = rule.judge(RuleInput(current, updates, 0.0, evaluator))
    assert not any(ruling.accepted)
    assert ruling.baseline == evaluator.constant.correct
