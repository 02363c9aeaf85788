"""How far each update moves the first layer, multiplied with the samples.

Where a linear layer comes first, the products of the samples with the weights of a mean are the
mean of the products. With w the model, r the updates and p = λ·w + (1 − λ)·mean(r),

    x·p = x·w + (1 − λ)/k · Σ x·(r − w),

so each x·(r − w) is taken once, and any mean costs a sum. The products of differences err less than
those of whole weights would, since honest updates are near the model.
"""

from dataclasses import dataclass
from itertools import islice

import torch

from fedjury.oracle.aggregation.updates import Updates
from fedjury.oracle.evaluation.fast.approximation import Approximation, norm_slack
from fedjury.oracle.evaluation.fast.arithmetic import FLOAT32_FINE, FLOAT64, SLACK
from fedjury.oracle.evaluation.fast.first_layer import GROUP, SampleMatrix
from fedjury.oracle.evaluation.fast.linear import Linear
from fedjury.oracle.evaluation.fast.plan import Plan
from fedjury.oracle.evaluation.fast.settings import plain_products
from fedjury.oracle.evaluation.fast.weights import PassWeights
from fedjury.oracle.evaluation.product_store import ProductStore, Stored
from fedjury.protocol.tensors import Tensors

# Samples at a time in float64.
_ROWS = 512
_UNIT = FLOAT32_FINE.unit


@dataclass(frozen=True)
class Products:
    """x · Σ(r − w) over some updates; the empty sum where nothing is given.

    Attributes:
        values: float32 (n, outputs); None for no update.
        count: of the updates.
        size: at least the Frobenius norm of Σ(r − w).
        off: no row is farther from x · Σ(r − w) than this times the sample's norm, where Σ is the
            sum that the weights are made of, which has roundings of its own. At least u times the
            size of any sum that this one came from, u the unit roundoff.
        lost: and this more, float64 (n,) or 0.
    """

    values: torch.Tensor | None = None
    count: int = 0
    size: float = 0.0
    off: float = 0.0
    lost: torch.Tensor | float = 0.0


class Moves:
    """The products of the samples with r − w for a round's updates r.

    Args:
        start: the plan, and its first layer.
        samples: as a matrix.
        current: the model w.
        updates: of the round; each is read once here, and again only where its products do not
            fit into the store.

    Attributes:
        plan: the model's.
        linear: its first layer.
        norms: at least the samples' Euclidean norms, float64 (n,).
        start: x · w in float32, (n, outputs).
        start_norms: at least the norms of its rows, float64 (n,).
        size: at least the Frobenius norm of w's first layer.
        off: beside the rounding to float32, no row of `start` is farther from the exact products
            than this times the sample's norm.
    """

    def __init__(
        self,
        start: tuple[Plan, Linear],
        samples: SampleMatrix,
        current: PassWeights,
        updates: Updates,
    ) -> None:
        self.plan, self.linear = start
        self._samples, self._updates = samples, updates
        self.norms = samples.norms
        self._matrix = current.matrix(self.linear.weight)
        self.size = current.frobenius(self.linear.weight)
        self.start = self._exact_start()
        self.start_norms = Approximation.exact(self.start).norms()
        self.off = FLOAT64.gamma(self._matrix.shape[1] + 1) * self.size * SLACK
        self._bounds: list[tuple[float, float]] = []
        self._store = ProductStore(len(updates), *self.start.shape)
        self._fill()

    def summed(self, products: Products, index: int, sign: int) -> Products:
        """The products with those of one more update, or without those of one of them.

        Args:
            products: of some updates.
            index: of the update; one of them where the sign is -1.
            sign: 1 or -1.
        """
        size, off = self._bounds[index]
        stored = self._store[index] or self._multiplied(index)
        count, total = products.count + sign, products.size + sign * size
        total += (products.size + size) * 2.0**-40
        values = self._added(products.values, stored, sign)
        lost = products.lost + stored.lost()
        # every row of the sum, rounded once more, is at most ‖x‖·total long but for what it is off
        off += products.off + _UNIT * total
        # as is, in float64, the sum of the updates themselves, Σ(r − w) + count·w
        off += FLOAT64.unit * (total + count * self.size)
        return Products(values, count, total, off * SLACK, lost)

    def _added(self, values: torch.Tensor | None, stored: Stored, sign: int) -> torch.Tensor:
        """The sum of products, of which the first may be none."""
        total, start = torch.empty_like(self.start), 0
        for part in stored.products():
            stop = start + len(part)
            if values is None:
                total[start:stop] = part
            else:
                torch.add(values[start:stop], part, alpha=sign, out=total[start:stop])
            start = stop
        return total

    def _exact_start(self) -> torch.Tensor:
        """x · w, taken in float64 and rounded."""
        parts = torch.split(self._samples.rows, _ROWS)
        return torch.cat([(part.double() @ self._matrix.t()).float() for part in parts])

    def _fill(self) -> None:
        """Multiply with all updates, several at once."""
        updates = iter(self._updates)
        while group := [self._difference(update) for update in islice(updates, GROUP)]:
            first = len(self._bounds) - len(group)
            if not self._store.full():
                for place, products in enumerate(self._products(group)):
                    self._store.keep(first + place, products)

    def _difference(self, update: Tensors) -> torch.Tensor:
        """r − w in float32; its bounds are noted."""
        exact = PassWeights.of(update).matrix(self.linear.weight) - self._matrix
        size = float(torch.linalg.vector_norm(exact)) * norm_slack(exact.reshape(-1)) * SLACK
        own = FLOAT32_FINE.gamma(FLOAT32_FINE.roundings(exact.shape[1])) + 2 * _UNIT
        self._bounds.append((size, own * size))
        return exact.float()

    def _products(self, matrices: list[torch.Tensor]) -> list[list[torch.Tensor]]:
        """The products with each matrix, some samples after the other."""
        found = [products for _, products in self._samples.products(matrices, FLOAT32_FINE)]
        return [list(parts) for parts in zip(*found, strict=True)]

    def _multiplied(self, index: int) -> Stored:
        """An update's products where they are not kept."""
        exact = PassWeights.of(self._updates[index]).matrix(self.linear.weight) - self._matrix
        with torch.no_grad(), plain_products():
            return Stored(self._products([exact.float()])[0])
