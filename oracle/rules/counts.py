"""The count that every verdict carries, whatever decided it."""

from collections.abc import Iterator, Sequence
from functools import partial

from fedjury.oracle.aggregation.averaging import mix
from fedjury.oracle.rules.base import RuleInput
from fedjury.protocol.tensors import Tensors


def counts_of(given: RuleInput) -> Sequence[int]:
    """correct(p) of each update, with p = λ·w + (1−λ)·r."""
    if given.correct is not None:
        return given.correct
    return given.scores.counts(each_mixed(given))


def each_mixed(given: RuleInput) -> Iterator[Tensors]:
    """p = λ·w + (1−λ)·r of each update r."""
    # not a comprehension, whose r would stay in memory while p is evaluated
    return map(partial(_mixed, given), given.updates)


def _mixed(given: RuleInput, r: Tensors) -> Tensors:
    return mix(given.current, r, given.lam)
