"""A rule's judgement of one round, in which weights that make the model raise have no part."""

from dataclasses import dataclass, replace

from fedjury.oracle.aggregation.updates import ChosenUpdates
from fedjury.oracle.rules.base import Rule, RuleInput, Ruling
from fedjury.oracle.rules.counts import each_mixed
from fedjury.protocol.reasons import Reason
from fedjury.protocol.tensors import Tensors


@dataclass(frozen=True)
class Raised:
    """That the model raises with an update: which way, and what, for people."""

    reason: Reason
    sentence: str


@dataclass(frozen=True)
class RuledRound:
    """What becomes of well-formed updates, by their index.

    Attributes:
        ruling: of all of them. Those with which the model raises are not accepted, and the others
            are judged as if they were not there.
        raised: what is said of each update with which the model raises, be it with
            p = λ·w + (1−λ)·r or, for all that would be accepted, with what would be made of them.
        model: the new model; None where the old one stays.
    """

    ruling: Ruling
    raised: dict[int, Raised]
    model: Tensors | None


def rule_round(rule: Rule, given: RuleInput) -> RuledRound:
    """Judge a round's well-formed updates, and make the new model.

    Args:
        rule: the verification rule.
        given: what it would see if the model raised with none.
    """
    ruling, raised = _ruling(rule, given)
    accepted = [index for index, taken in enumerate(ruling.accepted) if taken]
    if not accepted:
        return RuledRound(ruling, raised, None)
    weight = given.lam if ruling.mixing_weight is None else ruling.mixing_weight
    model = rule.aggregate(given.current, ChosenUpdates(given.updates, accepted), weight)
    (found,) = given.scores.tried([model]) or [0]
    if not isinstance(found, str):
        return RuledRound(ruling, raised, model)
    sentence = f"the model raises with the aggregate: {found}"
    raised |= dict.fromkeys(accepted, Raised(Reason.RAISES_WITH_AGGREGATE, sentence))
    return RuledRound(_with_none(ruling), raised, None)


def _ruling(rule: Rule, given: RuleInput) -> tuple[Ruling, dict[int, Raised]]:
    """The ruling, and sentences for updates with whose p the model raises."""
    tried = given.scores.tried(each_mixed(given))
    if tried is None:
        return rule.judge(given), {}
    raised = {
        index: Raised(Reason.RAISES_WITH_UPDATE, f"the model raises with it: {found}")
        for index, found in enumerate(tried)
        if isinstance(found, str)
    }
    counts = {index: found for index, found in enumerate(tried) if isinstance(found, int)}
    judged = replace(
        given,
        updates=ChosenUpdates(given.updates, list(counts)),
        correct=list(counts.values()),
    )
    ruling, accepted, correct = rule.judge(judged), [False] * len(tried), [0] * len(tried)
    for place, index in enumerate(counts):
        accepted[index], correct[index] = ruling.accepted[place], ruling.correct[place]
    return replace(ruling, accepted=accepted, correct=correct), raised


def _with_none(ruling: Ruling) -> Ruling:
    """A ruling in which those that were accepted are not, and have no count."""
    both = zip(ruling.accepted, ruling.correct, strict=True)
    correct = [0 if accepted else count for accepted, count in both]
    return replace(ruling, accepted=[False] * len(correct), correct=correct)
