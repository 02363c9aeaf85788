"""Whom the selection rule keeps: a walk over the updates, and a second look at who harms."""

from collections.abc import Sequence
from dataclasses import dataclass

from oracle.rules.company import Company
from oracle.rules.trials import Trial, exceeds

# At most this part of what a round gains, a fourth, may be lost to those that are tolerated.
_PART = 4


@dataclass(frozen=True)
class Tolerance:
    """How much harm may pass; see `SelectionRule` for z and slack."""

    z: float
    slack: float

    def harms(self, trial: Trial, best: Trial, before: Trial) -> bool:
        """Whether a trial is worse than the best one by more than chance explains and may pass.

        It may where it is a small part of what the loss is uncertain by, and leaves at least three
        quarters of what the best gains over the old model.
        """
        if not trial.worse_than(best, self.z):
            return False
        lost = trial.loss - best.loss
        if _PART * lost > before.loss - best.loss:
            return True
        return exceeds(lost, self.slack, best.costs)


@dataclass(frozen=True)
class Walk:
    """Updates from best to worst, tried together.

    Attributes:
        before: the old model.
        order: places of the updates, the best alone first.
        straight: those that lead the right way by themselves. They stay unless they do harm; the
            others only where the company is clearly better with them.
        tolerance: how much harm may pass.
    """

    before: Trial
    order: Sequence[int]
    straight: frozenset[int]
    tolerance: Tolerance

    def keep(self, nobody: Company) -> frozenset[int]:
        """Who is kept, mixing as this empty company does."""
        company, best = nobody, None
        for _ in range(2):
            for place in [place for place in self.order if place not in company.places]:
                larger = company.with_one(place)
                trial = larger.trial()
                if best is not None and not self._may_stay(place, trial, best):
                    continue
                company = larger
                if best is None or trial.loss < best.loss:
                    best = trial
        return self._thinned(company).places

    def _may_stay(self, place: int, with_it: Trial, without: Trial) -> bool:
        if place in self.straight:
            return not self.tolerance.harms(with_it, without, self.before)
        return without.worse_than(with_it, self.tolerance.z)

    def _thinned(self, company: Company) -> Company:
        """Without those that the others do better without.

        They are dropped while that lowers the loss, and then taken back, the last one first, as
        far as they may stay beside the least loss found. So several that each do little harm are
        held against what it is without all of them.
        """
        best, dropped = company.trial(), list[int]()
        for place in self._dispensable(company, best):
            if len(company.places) == 1:
                break
            smaller = company.without(place)
            trial = smaller.trial()
            if trial.loss < best.loss:
                company, best = smaller, trial
                dropped.append(place)
        for place in reversed(dropped):
            larger = company.with_one(place)
            if self._may_stay(place, larger.trial(), best):
                company = larger
        return company

    def _dispensable(self, company: Company, trial: Trial) -> list[int]:
        """Those without whom the loss is lower, first those without whom it is lowest."""
        if len(company.places) == 1:
            return []
        losses = {
            place: company.without(place).trial().loss
            for place in self.order
            if place in company.places
        }
        return sorted(
            (place for place, loss in losses.items() if loss < trial.loss),
            key=lambda place: (losses[place], place),
        )
