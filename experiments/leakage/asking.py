"""Asking the jury: each question is an update, judged by the rule as a juror would."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from experiments.leakage.probes import update_for
from experiments.leakage.scene import LAM, Scene
from fedjury.oracle.aggregation.averaging import mix
from fedjury.oracle.rules.base import RuleInput
from fedjury.oracle.rules.paper import PaperRule
from fedjury.protocol.tensors import Tensors

THOUSANDTHS = 1000


@dataclass
class Jury:
    """Answers questions about its samples, and counts them.

    Attributes:
        scene: whose samples they are.
        rule: that updates are judged by.
        asked: updates that were judged so far.
        rounds: in which that was.
        moved: of each round of verdicts, how many samples more a global model made of what was
            accepted gets right.
    """

    scene: Scene
    rule: PaperRule = field(default_factory=PaperRule)
    asked: int = 0
    rounds: int = 0
    moved: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._scores = self.scene.evaluator()

    def verdicts(self, models: Sequence[Tensors]) -> list[bool]:
        """Submit updates in one round, and see which are accepted; the global model stays."""
        current = self.scene.current
        updates = [update_for(model, current, LAM) for model in models]
        self._note(len(models))
        ruling = self.rule.judge(RuleInput(current, updates, LAM, self._scores))
        taken = [update for update, each in zip(updates, ruling.accepted, strict=True) if each]
        made = self.rule.aggregate(current, taken, LAM) if taken else current
        self.moved.append(self._scores.correct(made) - self._scores.correct(current))
        return list(ruling.accepted)

    def count(self, model: Tensors) -> int:
        """What a report of protocol 1 says of an update: how many samples p gets right."""
        current = self.scene.current
        self._note(1)
        mixed = mix(current, update_for(model, current, LAM), LAM)
        return self._scores.correct(mixed)

    def thousandths(self, model: Tensors) -> int:
        """What a report says of a new model that one accepted update alone has made."""
        return THOUSANDTHS * self.count(model) // self.scene.samples

    def count_by_thousandths(self, model: Tensors) -> int:
        """The count that an accuracy stands for, where a thousandth is no more than a sample."""
        return -(-self.thousandths(model) * self.scene.samples // THOUSANDTHS)

    def _note(self, updates: int) -> None:
        self.asked += updates
        self.rounds += 1
