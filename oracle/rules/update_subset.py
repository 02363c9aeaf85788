"""A subset of a round's updates, evaluated as one mean."""

from dataclasses import dataclass, field, replace
from typing import Any

from fedjury.oracle.aggregation.averaging import mix
from fedjury.oracle.rules.base import Blends, RuleInput
from fedjury.oracle.rules.evaluation import Evaluation
from fedjury.protocol.tensors import Tensors


@dataclass(frozen=True)
class UpdateSubset:
    """A subset of a round's updates, and their sum in float64.

    Attributes:
        given: what the rule sees.
        blends: evaluates means of the updates.
        mixing_weight: the share of w that the mean of the subset is mixed with.
        products: what `blends` keeps of the subset.
        indexes: of the updates in the subset.
        total: their sum, float64.
    """

    given: RuleInput
    blends: Blends
    mixing_weight: float
    products: Any
    indexes: frozenset[int] = frozenset()
    total: Tensors = field(default_factory=dict)

    @classmethod
    def empty(cls, given: RuleInput, blends: Blends, mixing_weight: float) -> "UpdateSubset":
        """The subset that every selection starts with."""
        return cls(given, blends, mixing_weight, blends.nothing)

    def with_one(self, index: int) -> "UpdateSubset":
        """The subset with one more update."""
        update = self.given.updates[index]
        total = {
            name: self.total[name] + tensor.double() if self.total else tensor.double()
            for name, tensor in update.items()
        }
        return replace(
            self,
            products=self.blends.plus(self.products, index),
            indexes=self.indexes | {index},
            total=total,
        )

    def without(self, index: int) -> "UpdateSubset":
        """The subset without one of its updates."""
        update = self.given.updates[index]
        return replace(
            self,
            products=self.blends.minus(self.products, index),
            indexes=self.indexes - {index},
            total={name: tensor - update[name].double() for name, tensor in self.total.items()},
        )

    def evaluation(self) -> Evaluation:
        """Evaluate the mean of the subset mixed with w; w itself where the subset is empty."""
        if not self.indexes:
            return Evaluation.of(self.given.scores, self.given.current)
        average = {name: tensor / len(self.indexes) for name, tensor in self.total.items()}
        weights = mix(self.given.current, average, self.mixing_weight)
        return Evaluation.of_blend(self.blends, weights, self.products, self.mixing_weight)
