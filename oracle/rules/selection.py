"""The project's own rule: keep the updates that are good company for each other.

An update by itself says little: on skewed shards an honest client forgets what it has no samples
of. So updates are tried together, best first. One that leads the right way is kept unless its
company raises the loss of the mean of those kept by more than chance explains, one that does not
only where it clearly lowers it. This is the greedy forward selection of ensembles (Caruana et al.
2004, ICML). Losses under two models are compared sample by
sample, so what chance explains follows from the verification set itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from fedjury.tensors import Tensors
from oracle.mixing import mix
from oracle.rules.base import RuleInput, Ruling, Updates
from oracle.rules.capped import capped_mean
from oracle.rules.company import Company
from oracle.rules.parameters import check_number
from oracle.rules.trials import Trial
from oracle.rules.walk import Tolerance, Walk

# The share of the old model when an update is tried alone, for the order and the verdict's count. A
# short step shows whether it leads the right way; a whole one, how much else a client forgot.
_ALONE = 0.875
# Shares of the old model in what the walks try, and in what the new model may become. With skewed
# shards the plain mean forgets too much; a part of the old model keeps it.
_WALKS = (0.0, 0.5, 0.75)
_DAMPINGS = (0.0, 0.25, 0.5, 0.75, 0.875)
# Where a walk keeps this share of those that lead the right way, and its plain mean is best,
# another walk would find nothing more.
_PLENTY = 0.8


@dataclass(frozen=True)
class Choice:
    """A new model that a round may end with: who is kept, and the share of the old model."""

    kept: frozenset[int]
    damping: float
    trial: Trial


@dataclass(frozen=True)
class SelectionRule:
    """Walk the updates from best to worst and keep each that does no harm.

    The order is that of loss(⅞·w + ⅛·r). A walk tries the mean of those kept so far with one more,
    mixed with a share of w, and keeps it unless that is worse than the best seen so far; one whose
    own short step is worse than w it keeps only where that is clearly better. It looks at the rest
    once more, and then drops those without whom the mean is better. Up to three walks are made,
    with different shares of w. Their outcomes are mixed with shares of w too; the new model is the
    best of them, provided that it is no worse than w in loss nor in right answers; else nothing is
    accepted. At most 13 evaluations an update; on IID shards 3 to 5.

    A verdict's count is correct(⅞·w + ⅛·r).

    Attributes:
        z: an update may cost so many standard errors of the difference that it makes, [0, 100).
        slack: or so many standard errors of the loss itself, which is how well any verification
            set of this size knows it, [0, 100).
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

    def __post_init__(self) -> None:
        check_number("z", self.z, 0, 100)
        check_number("slack", self.slack, 0, 100)
        check_number("cap", self.cap, 0, 1000)

    def judge(self, given: RuleInput) -> Ruling:
        """Choose the new model."""
        before = Trial.of(given.scores, given.current)
        alone = [
            Trial.of(given.scores, mix(given.current, update, _ALONE)) for update in given.updates
        ]
        order = sorted(range(len(alone)), key=lambda place: (alone[place].loss, place))
        straight = frozenset(
            place for place, trial in enumerate(alone) if not trial.worse_than(before, self.z)
        )
        walk = Walk(before, order, straight, Tolerance(self.z, self.slack))
        best = self._best(given, walk)
        kept = best.kept if best else frozenset()
        return Ruling(
            before.correct,
            [place in kept for place in range(len(alone))],
            [trial.correct for trial in alone],
            _damped(given.lam, best.damping) if best else given.lam,
        )

    def _best(self, given: RuleInput, walk: Walk) -> Choice | None:
        """Of the choices no worse than the old model the first; a later one where clearly better.

        Earlier ones keep more updates and less of the old model.
        """
        best: Choice | None = None
        for share in _WALKS:
            kept = walk.keep(Company(given, _damped(given.lam, share)))
            for damping in _DAMPINGS:
                trial = self._outcome(given, kept, damping)
                if trial.correct < walk.before.correct or trial.loss > walk.before.loss:
                    continue
                if best is None or best.trial.worse_than(trial, self.z):
                    best = Choice(kept, damping, trial)
            if best and best.damping == 0 and _is_plenty(best.kept, walk.straight):
                break
        return best

    def _outcome(self, given: RuleInput, kept: frozenset[int], damping: float) -> Trial:
        chosen = [given.updates[place] for place in sorted(kept)]
        weights = self.aggregate(given.current, chosen, _damped(given.lam, damping))
        return Trial.of(given.scores, weights)

    def plausible(self, accepted: bool, correct: int, baseline: int) -> bool:
        """Company decides; no count of an update alone speaks for or against a verdict."""
        return True

    def mixes(self, lam: float) -> Sequence[float]:
        """λ itself, and with more and more of the rest given to the old model."""
        return [_damped(lam, damping) for damping in _DAMPINGS]

    def aggregate(self, current: Tensors, accepted: Updates, lam: float) -> Tensors:
        """λ·w + (1−λ)·mean(accepted), capped; w where nothing was accepted."""
        if not len(accepted):
            return current
        return mix(current, capped_mean(current, accepted, self.cap), lam)


def _is_plenty(kept: frozenset[int], straight: frozenset[int]) -> bool:
    """Whether these are most of those that lead the right way, and no others."""
    return kept <= straight and len(kept) >= _PLENTY * len(straight)


def _damped(lam: float, damping: float) -> float:
    return lam + (1.0 - lam) * damping
