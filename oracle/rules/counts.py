"""The count that every verdict carries, whatever decided it."""

from collections.abc import Sequence

from fedjury.oracle.aggregation.averaging import mix
from fedjury.oracle.rules.base import RuleInput


def counts_of(given: RuleInput) -> Sequence[int]:
    """correct(p) of each update, with p = λ·w + (1−λ)·r."""
    if given.correct is not None:
        return given.correct
    return given.scores.counts(mix(given.current, r, given.lam) for r in given.updates)
