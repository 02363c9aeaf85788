"""The project's own rule: keep the updates that are good for each other.

An update by itself says little: on skewed shards an honest client forgets what it has no samples
of. So updates are evaluated together, best first. One that improves the old model by itself is kept
unless it raises the loss of the mean of those kept by more than chance explains; one that does not
is kept only where it clearly lowers that loss. This is the greedy forward selection of ensembles
(Caruana et al. 2004, ICML). Losses under two models are compared sample by sample, so what chance
explains follows from the verification set itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from fedjury.checks.numbers import check_number
from fedjury.oracle.aggregation.averaging import mix
from fedjury.oracle.aggregation.clipped import clipped_mean
from fedjury.oracle.aggregation.updates import ChosenUpdates, Updates
from fedjury.oracle.rules.base import Blends, RuleInput, Ruling
from fedjury.oracle.rules.baseline import Baseline
from fedjury.oracle.rules.evaluation import Evaluation
from fedjury.oracle.rules.greedy_selection import GreedySelection, Tolerance
from fedjury.oracle.rules.update_subset import UpdateSubset
from fedjury.protocol.tensors import Tensors

# The share of the old model when an update is evaluated alone, for the order and the verdict's
# count. A short step shows whether the update improves the old model; a whole one, how much else a
# client forgot.
_ALONE = 0.875
# Shares of the old model during the selections, and in what the new model may become. With skewed
# shards the plain mean forgets too much; a part of the old model keeps it.
_SELECTIONS = (0.0, 0.5, 0.75)
_DAMPINGS = (0.0, 0.25, 0.5, 0.75, 0.875)
# Where a selection keeps this share of the improving updates, and its plain mean is best, another
# selection would find nothing more.
_PLENTY = 0.8


@dataclass(frozen=True)
class Choice:
    """A new model that a round may end with: who is kept, and the share of the old model."""

    kept: frozenset[int]
    damping: float
    evaluation: Evaluation


@dataclass(frozen=True)
class ShortStep:
    """What one update does by itself: the loss and count of a short step, and whether it helps."""

    loss: int
    correct: int
    improves: bool


@dataclass(frozen=True)
class SelectionRule:
    """Go through the updates from best to worst and keep each that does no harm.

    The order is that of loss(⅞·w + ⅛·r). A selection evaluates the mean of those kept so far with
    one more, mixed with a share of w, and keeps that one unless the mean is worse than the best
    seen so far; one whose own short step is worse than w it keeps only where the mean is clearly
    better. It looks at the rest once more, and then drops those without which the mean is better.
    Up to three selections are made, with different shares of w. Their outcomes are mixed with
    shares of w too; the new model is the best of them, provided that it is no worse than w, nor
    than the best constant answer, in loss and in right answers; else nothing is accepted. At most
    13 evaluations an update; on IID shards 3 to 5.

    A verdict's count is correct(⅞·w + ⅛·r).

    Attributes:
        z: how many standard errors of the difference that it makes an update may cost, [0, 100).
        slack: how many standard errors of the loss itself an update may cost, [0, 100): no
            verification set of this size knows the loss any better.
        cap: in each weight no update may move farther than `cap` times the median update; this
            takes the force out of backdoors, which move weights that others leave alone. 0 is off;
            below 1,000.

    Raises:
        ValueError: a parameter is out of range.
    """

    z: float = 2.0
    slack: float = 0.5
    cap: float = 0.0
    independent: ClassVar[bool] = False
    consults: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_number("z", self.z, 0, below=100)
        check_number("slack", self.slack, 0, below=100)
        check_number("cap", self.cap, 0, below=1000)

    def judge(self, given: RuleInput) -> Ruling:
        """Choose the new model."""
        before = Evaluation.of(given.scores, given.current)
        baseline = Baseline.of(before, given.scores.constant)
        blends = given.scores.blends(given.current, given.updates)
        alone = [self._alone(given, blends, index, before) for index in range(len(given.updates))]
        order = sorted(range(len(alone)), key=lambda index: (alone[index].loss, index))
        improving = frozenset(index for index, step in enumerate(alone) if step.improves)
        selection = GreedySelection(baseline, order, improving, Tolerance(self.z, self.slack))
        best = self._best(given, blends, selection)
        kept = best.kept if best else frozenset()
        return Ruling(
            baseline.correct,
            [index in kept for index in range(len(alone))],
            [step.correct for step in alone],
            _damped(given.lam, best.damping) if best else given.lam,
        )

    def _alone(self, given: RuleInput, blends: Blends, index: int, before: Evaluation) -> ShortStep:
        weights = mix(given.current, given.updates[index], _ALONE)
        products = blends.plus(blends.nothing, index)
        evaluation = Evaluation.of_blend(blends, weights, products, _ALONE)
        improves = not evaluation.worse_than(before, self.z)
        return ShortStep(evaluation.loss, evaluation.correct, improves)

    def _best(self, given: RuleInput, blends: Blends, selection: GreedySelection) -> Choice | None:
        """Of the choices no worse than the baseline the first; a later one where clearly better.

        Earlier ones keep more updates and less of the old model.
        """
        best: Choice | None = None
        for share in _SELECTIONS:
            kept = selection.keep(UpdateSubset.empty(given, blends, _damped(given.lam, share)))
            for choice in self._outcomes(given, kept):
                if not selection.baseline.allows(choice.evaluation):
                    continue
                if best is None or best.evaluation.worse_than(choice.evaluation, self.z):
                    best = choice
            if best and best.damping == 0 and _is_plenty(best.kept, selection.improving):
                break
        return best

    def _outcomes(self, given: RuleInput, kept: UpdateSubset) -> Iterator[Choice]:
        """What a selection may end with."""
        if not kept.indexes:
            for damping in _DAMPINGS:
                yield Choice(kept.indexes, damping, Evaluation.of(given.scores, given.current))
            return
        chosen = ChosenUpdates(given.updates, sorted(kept.indexes))
        mean = clipped_mean(given.current, chosen, self.cap)
        for damping in _DAMPINGS:
            share = _damped(given.lam, damping)
            weights = mix(given.current, mean, share)
            if self.cap:
                evaluation = Evaluation.of(given.scores, weights)
            else:
                evaluation = Evaluation.of_blend(kept.blends, weights, kept.products, share)
            yield Choice(kept.indexes, damping, evaluation)

    def mixing_weights(self, lam: float) -> Sequence[float]:
        """λ itself, and larger shares of the old model."""
        return [_damped(lam, damping) for damping in _DAMPINGS]

    def aggregate(self, current: Tensors, accepted: Updates, mixing_weight: float) -> Tensors:
        """λ·w + (1−λ)·clipped mean(accepted), or w where nothing was accepted."""
        if not len(accepted):
            return current
        return mix(current, clipped_mean(current, accepted, self.cap), mixing_weight)


def _is_plenty(kept: frozenset[int], improving: frozenset[int]) -> bool:
    """Whether the kept updates are most of the improving ones, and no others."""
    return kept <= improving and len(kept) >= _PLENTY * len(improving)


def _damped(lam: float, damping: float) -> float:
    return lam + (1.0 - lam) * damping
