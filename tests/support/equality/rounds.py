"""Rounds to judge under every rule: usual ones, and one of updates made to part jurors."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.judging import Terms, judge
from fedjury.oracle.rules.base import Rule
from fedjury.oracle.rules.coordinatewise import MedianRule, TrimmedMeanRule
from fedjury.oracle.rules.fedavg import FedAvgRule
from fedjury.oracle.rules.loss import LossRule
from fedjury.oracle.rules.multi_krum import MultiKrumRule
from fedjury.oracle.rules.paper import PaperRule
from fedjury.oracle.rules.selection import SelectionRule
from fedjury.protocol.tensors import Tensors, shapes_of
from tests.support.candidates import candidates_of
from tests.support.equality.case import Case
from tests.support.equality.constructions import constructions, without_cancelling
from tests.support.equality.kinds import KINDS
from tests.support.equality.results import Found, digest_of
from tests.support.equality.updates import updates_of

RULES: dict[str, tuple[Rule, float]] = {
    "paper": (PaperRule(), 0.0),
    "paper, half": (PaperRule(), 0.5),
    "loss": (LossRule(), 0.0),
    "selection, no cap": (SelectionRule(), 0.0),
    "selection, cap 2": (SelectionRule(cap=2.0), 0.0),
    "fedavg": (FedAvgRule(), 0.0),
    "median": (MedianRule(), 0.0),
    "trimmed-mean": (TrimmedMeanRule(), 0.0),
    "multi-krum": (MultiKrumRule(), 0.0),
}
_USUAL = ("mlp", "conv", "attention")
_SENT = ("tied", "random", "cancelling", "huge")


@dataclass(frozen=True)
class Round:
    """A round to judge.

    Attributes:
        name: of the round.
        case: the model, the samples and the current weights.
        updates: in order.
        rules: names of `RULES`.
    """

    name: str
    case: Case
    updates: Sequence[Tensors]
    rules: Sequence[str]

    def cases(self) -> Iterator[Case]:
        """The current weights and the updates, each by itself."""
        yield self.case
        for index, update in enumerate(self.updates):
            yield replace(self.case, name=f"{self.name}/{index}", weights=update)

    def judge(self, rule: str, evaluator: Evaluator) -> Found:
        """Everything that jurors sign or tell, as digests.

        Args:
            rule: a name of `RULES`.
            evaluator: of the case.
        """
        chosen, lam = RULES[rule]
        current = self.case.weights
        terms = Terms(shapes_of(current), 1000.0, lam, chosen)
        judged = judge(current, candidates_of(self.updates), terms, evaluator)
        return {
            "accepted": " ".join(str(int(each.accepted)) for each in judged.verdicts),
            "correct": f"{judged.baseline_correct} {judged.model_correct}",
            "verdicts": digest_of([[each.code, each.correct] for each in judged.verdicts]),
            "reasons": digest_of(judged.reasons),
            "model": digest_of((judged.model_file or b"").hex()),
        }


def all_rounds() -> Iterator[Round]:
    """A round of each usual kind of model under every rule, and one of constructions."""
    for kind in KINDS:
        if kind.name in _USUAL:
            made = dict(updates_of(kind))
            honest = [kind.honest(label) for label in ("one", "two", "three", "one")]
            updates = [*honest, *(made[name] for name in _SENT)]
            case = Case(kind.name, kind.model, kind.draw("jury", 61), kind.random("first"))
            yield Round(kind.name, case, updates, list(RULES))
    yield adversarial_round()


def adversarial_round() -> Round:
    """A round whose every update cancels in its own way, so that only the exact sum is right."""
    name = "cancellation 2048"
    first, *others = (each for each in constructions() if each.name.startswith(name))
    current = replace(first, name="cancelling", weights=without_cancelling(first))
    updates = [case.weights for case in (first, *others)]
    return Round("cancelling", current, updates, ["paper", "selection, no cap"])
