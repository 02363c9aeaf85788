"""Means of a round's updates mixed with the model, evaluated from products that are kept."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from fedjury.oracle.aggregation.updates import Updates
from fedjury.oracle.evaluation.answers import any_answers
from fedjury.oracle.evaluation.exact import Question
from fedjury.oracle.evaluation.fast.approximation import Approximation
from fedjury.oracle.evaluation.fast.arithmetic import FLOAT32, FLOAT64, SLACK, UNDERFLOW
from fedjury.oracle.evaluation.fast.layers import REFERENCE_ROUNDING
from fedjury.oracle.evaluation.fast.settings import plain_products
from fedjury.oracle.evaluation.fast.weights import PassWeights
from fedjury.oracle.evaluation.logits import Logits
from fedjury.oracle.evaluation.moves import Moves, Products
from fedjury.oracle.evaluation.passes import Passes
from fedjury.oracle.evaluation.raising import enough_memory
from fedjury.oracle.evaluation.reference.products import relative_error
from fedjury.protocol.tensors import Tensors

# Samples at a time, so that their values stay in the cache.
_ROWS = 5000


@dataclass(frozen=True)
class Blender:
    """Evaluates means of a round's updates mixed with the current model.

    Attributes:
        passes: ways to the logits.
        losses, right: the two questions.
        moves: products with each update's first layer; None where no linear layer comes first, or
            none that updates move.
    """

    passes: Passes
    losses: Question
    right: Question
    moves: Moves | None

    @classmethod
    def of(
        cls, passes: Passes, losses: Question, right: Question, current: Tensors, updates: Updates
    ) -> "Blender":
        """For a round.

        Args:
            passes, losses, right: as above.
            current: the model w, float32.
            updates: of the round.
        """
        start = passes.linear_start()
        if start is None or start[1].weight not in current:
            return cls(passes, losses, right, None)
        with torch.no_grad(), plain_products(), enough_memory():
            moves = Moves(start, passes.matrix, passes.weights(current), updates)
        return cls(passes, losses, right, moves)

    @property
    def nothing(self) -> Products:
        """The products of no update."""
        return Products()

    def plus(self, products: Products, index: int) -> Products:
        """The products of some updates and one more."""
        return self.moves.summed(products, index, 1) if self.moves else products

    def minus(self, products: Products, index: int) -> Products:
        """The products of some updates without one of them."""
        return self.moves.summed(products, index, -1) if self.moves else products

    def evaluate(
        self, weights: Tensors, products: Products, share: float
    ) -> tuple[torch.Tensor, Callable[[], int]]:
        """Losses of each sample, int16 (samples,), and what counts the right ones when asked.

        Args:
            weights: share·w + (1 − share)·mean of some updates, each rounded to float32 at the end.
            products: of these updates.
            share: of the current model.
        """
        prepared = self.passes.weights(weights)
        if self.moves is None or not products.count:
            logits = self.passes.quick(prepared)
        else:
            logits = self._logits(self.moves, prepared, products, share)
        if logits is None:  # by the reference, which takes long: both at once
            both = any_answers([self.losses, self.right], self.passes, prepared, None)
            return both[0], lambda: int(both[1].sum())
        (losses,) = any_answers([self.losses], self.passes, prepared, logits)

        def correct() -> int:
            (right,) = any_answers([self.right], self.passes, prepared, logits)
            return int(right.sum())

        return losses, correct

    def _logits(
        self, moves: Moves, weights: PassWeights, products: Products, share: float
    ) -> Logits:
        """The quick pass, its first layer from the products."""
        assert products.values is not None
        factor = (1.0 - share) / products.count
        error = self._error(moves, weights, products, factor)
        bias, found = moves.linear.bias, list[Logits]()
        with torch.no_grad(), plain_products(), enough_memory():
            for start in range(0, len(error), _ROWS):
                part = slice(start, start + _ROWS)
                values = torch.add(moves.start[part], products.values[part], alpha=factor)
                if bias is not None:
                    values += weights.typed(bias, torch.float32)
                first = Approximation.within(values, error[part])
                found.append(Logits.of(moves.plan.after_first(first, weights, FLOAT32)))
        return Logits.joined(found)

    def _error(
        self, moves: Moves, weights: PassWeights, products: Products, factor: float
    ) -> torch.Tensor:
        """How far the first layer's values can be from the reference's, float64 (n,).

        Beside what the products are off by, the weights and x·w were rounded to float32, and so are
        the factor, its product with the sum, and both additions. In float64 the mean of the updates
        was rounded as often as there are some, and mixing a few times more.
        """
        norms, bias, unit = moves.norms, weights.length(moves.linear.bias), FLOAT32.unit
        name, moved = moves.linear.weight, factor * products.size
        reference = relative_error(weights.tensors[name].shape[1]) + REFERENCE_ROUNDING
        relative = (
            moves.off
            + factor * products.off
            + 5 * unit * moved
            + 2 * (products.count + 8) * FLOAT64.unit * (moved + moves.size)
            + (unit * SLACK + reference) * weights.frobenius(name)
        )
        added = 4 * unit * (moves.start_norms + bias) + reference * bias
        tiny = UNDERFLOW * (1 + moves.size + moved) * (1 + norms) * (1 + products.count)
        error = (relative * norms + added + factor * products.lost + tiny) * SLACK
        reach = moves.start_norms + norms * (products.off / unit) + bias
        return FLOAT32.unless_beyond(error, reach)
