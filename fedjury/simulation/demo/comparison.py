"""A demo's rounds judged once more, by another rule: what it would have made of the same updates.

As plain averaging in a demo, the other rule has no model of its own from round to round: a round's
updates were trained from the jury's model, and it starts from that model as well.
"""

from dataclasses import dataclass

from fedjury.oracle.rules.base import RuleInput
from fedjury.oracle.rules.registry import find_rule, suited_lambda
from fedjury.oracle.ruling import rule_round
from fedjury.protocol.task_spec import RuleSpec
from fedjury.simulation.evaluators import evaluators
from fedjury.simulation.outcome import RoundOutcome
from fedjury.simulation.prepared import PreparedScenario

_PROJECTS_RULE, _PAPERS_RULE = "selection", "paper"


@dataclass(frozen=True)
class ComparedRound:
    """What the other rule would have made of one round.

    Attributes:
        accuracy: of the model that it would have made, on the held-out test set, 0 to 1.
        accepted: indexes of the clients whose updates it would have accepted, ascending.
    """

    accuracy: float
    accepted: list[int]


def other_rule(rule: str) -> str:
    """The rule that a demo of this one is compared with: `selection`, and `paper` for that one."""
    return _PAPERS_RULE if rule == _PROJECTS_RULE else _PROJECTS_RULE


class Comparison:
    """Judges a scenario's rounds by the other rule, with the λ that suits it.

    Args:
        prepared: the scenario.

    Attributes:
        rule: the other rule's name.
        lam: its λ.
    """

    def __init__(self, prepared: PreparedScenario) -> None:
        self.rule = other_rule(prepared.scenario.rule.name)
        self.lam = suited_lambda(self.rule)
        self._rule, self._held_out = find_rule(RuleSpec(name=self.rule)), prepared.held_out
        self._evaluator_for = evaluators(prepared)

    def judge(self, outcome: RoundOutcome) -> ComparedRound:
        """Judge a round that is over once more.

        What the jury found malformed, or a duplicate, is so by any rule.
        """
        indexes = [index for index in outcome.updates if outcome.verdicts[index].code.well_formed]
        updates = [outcome.updates[index] for index in indexes]
        scores = self._evaluator_for(outcome.number)
        given = RuleInput(outcome.current, updates, self.lam, scores)
        ruled = rule_round(self._rule, given)
        both = zip(indexes, ruled.ruling.accepted, strict=True)
        return ComparedRound(
            accuracy=self._held_out.accuracy(ruled.model or outcome.current),
            accepted=sorted(index for index, accepted in both if accepted),
        )
