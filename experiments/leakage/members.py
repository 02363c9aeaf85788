"""Which of the candidates are the jury's: from counts, from an accuracy, or from verdicts alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from experiments.leakage.asking import Jury
from experiments.leakage.detectors import Detectors, find_detectors
from experiments.leakage.levels import Level, find_level
from experiments.leakage.probes import (
    CLASSES,
    answers_of,
    leaning,
    lookup,
    padded,
    with_one_more,
)
from experiments.leakage.scene import CANDIDATES, HIDDEN, RECIPES, Scene, trained
from experiments.leakage.weighing import decode, weighings
from fedjury.protocol.tensors import Tensors

_WIDEST, _WIDTH = 100.0, 1e-4  # of a lean, a difference of logits
_LEAN_TO = 0  # the class

Tell = Callable[[Sequence[Tensors]], list[bool]]
"""From models to a bit about each, all of them in one round."""


@dataclass(frozen=True)
class Attacker:
    """What is prepared before the first question.

    Attributes:
        scene: what the attacker has of it.
        detectors: one for each candidate.
        own: a model of the attacker's own, one neuron short of the task's.
    """

    scene: Scene
    detectors: Detectors
    own: Tensors

    @classmethod
    def of(cls, scene: Scene) -> "Attacker":
        """Train and find all that needs no question."""
        epochs = RECIPES[scene.data].own_epochs
        own = trained(scene.own, epochs, scene.seed + 1, HIDDEN - 1)
        return cls(scene, find_detectors(scene.candidates, scene.own), own)

    @property
    def wrong(self) -> torch.Tensor:
        """A wrong class for each candidate."""
        return (self.scene.candidates.y + 1) % CLASSES

    def mistakes(self, found: torch.Tensor) -> int:
        """Candidates that were told wrong."""
        return int((found != self.scene.inside).sum())


def from_counts(attacker: Attacker, count: Callable[[Tensors], int]) -> torch.Tensor:
    """Ask for sets of candidates: one count for each weighing, and one of no candidate.

    Args:
        attacker: who asks.
        count: tells how many of the jury's samples a model gets right.

    Returns:
        Which candidates are members: bool, (CANDIDATES,).
    """
    right, wrong = attacker.scene.candidates.y, attacker.wrong
    rest = count(lookup(attacker.detectors, wrong))
    chosen = [torch.where(row, right, wrong) for row in weighings(CANDIDATES)]
    counts = [count(lookup(attacker.detectors, answers)) - rest for answers in chosen]
    return decode(counts, CANDIDATES)


def from_bits(attacker: Attacker, tell: Tell, at_once: int) -> torch.Tensor:
    """Find where bits turn; there a model that answers one candidate otherwise tells of that one.

    Args:
        attacker: who asks.
        tell: whether each model gets at least as many samples right as some number, which the
            attacker's own model does and one that always gives the same answer does not.
        at_once: models a round.

    Returns:
        Which candidates are members: bool, (CANDIDATES,).
    """
    idle = padded(attacker.own)
    level = find_level(
        lambda leans: tell([leaning(idle, _LEAN_TO, lean) for lean in leans]),
        _WIDEST,
        _WIDTH,
        at_once,
    )
    answers = answers_of(leaning(idle, _LEAN_TO, level.middle), attacker.scene.candidates.x)
    was_right = answers == attacker.scene.candidates.y
    probes = [_probe(attacker, index, bool(was_right[index]), level) for index in range(CANDIDATES)]
    bits = [
        bit
        for start in range(0, CANDIDATES, at_once)
        for bit in tell(probes[start : start + at_once])
    ]
    return torch.tensor(bits) != was_right


def _probe(attacker: Attacker, index: int, was_right: bool, level: Level) -> Tensors:
    """A model that has one sample too few if this candidate is a member, or one enough."""
    labels = attacker.wrong if was_right else attacker.scene.candidates.y
    lean = level.accepted if was_right else level.refused
    model = with_one_more(attacker.own, attacker.detectors, index, int(labels[index]))
    return leaning(model, _LEAN_TO, lean)


def of_at_least(jury: Jury, thousandths: int) -> Tell:
    """Bits from published accuracies: whether they are at least so many thousandths."""
    return lambda models: [jury.thousandths(model) >= thousandths for model in models]
