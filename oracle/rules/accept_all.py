"""What the rules share that accept every well-formed update and leave the rest to the aggregate."""

from collections.abc import Sequence
from typing import ClassVar

from fedjury.oracle.aggregation.updates import Updates
from fedjury.oracle.rules.base import RuleInput, Ruling
from fedjury.oracle.rules.baseline import baseline_count
from fedjury.oracle.rules.counts import counts_of
from fedjury.oracle.rules.mean import TaskWeight
from fedjury.protocol.tensors import Tensors


class AcceptingRule(TaskWeight):
    """The verification set decides nothing; the jury still counts correct(p). So it trusts the
    roster."""

    independent: ClassVar[bool] = True
    consults: ClassVar[bool] = False

    def choose(self, current: Tensors, updates: Updates) -> Sequence[int]:
        """All of them."""
        return range(len(updates))

    def judge(self, given: RuleInput) -> Ruling:
        """Accept all of them."""
        return Ruling(baseline_count(given), [True] * len(given.updates), counts_of(given))
