"""A subset of a round's updates, evaluated as one mean."""

from dataclasses import dataclass, field

from fedjury.oracle.aggregation.averaging import mix
from fedjury.oracle.rules.base import RuleInput
from fedjury.oracle.rules.evaluation import Evaluation
from fedjury.protocol.tensors import Tensors


@dataclass(frozen=True)
class UpdateSubset:
    """A subset of a round's updates, and their sum in float64.

    Attributes:
        given: what the rule sees.
        mixing_weight: the share of w that the mean of the subset is mixed with.
        indexes: of the updates in the subset.
        total: their sum, float64.
    """

    given: RuleInput
    mixing_weight: float
    indexes: frozenset[int] = frozenset()
    total: Tensors = field(default_factory=dict)

    def with_one(self, index: int) -> "UpdateSubset":
        """The subset with one more update."""
        update = self.given.updates[index]
        total = {
            name: self.total[name] + tensor.double() if self.total else tensor.double()
            for name, tensor in update.items()
        }
        return UpdateSubset(self.given, self.mixing_weight, self.indexes | {index}, total)

    def without(self, index: int) -> "UpdateSubset":
        """The subset without one of its updates."""
        update = self.given.updates[index]
        total = {name: tensor - update[name].double() for name, tensor in self.total.items()}
        return UpdateSubset(self.given, self.mixing_weight, self.indexes - {index}, total)

    def evaluation(self) -> Evaluation:
        """Evaluate the mean of the subset mixed with w; w itself where the subset is empty."""
        if not self.indexes:
            return Evaluation.of(self.given.scores, self.given.current)
        average = {name: tensor / len(self.indexes) for name, tensor in self.total.items()}
        return Evaluation.of(
            self.given.scores, mix(self.given.current, average, self.mixing_weight)
        )
