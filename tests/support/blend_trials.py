"""Blends of updates that lose as much as can be, and how near their errors come to the bound."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import pytest
import torch
from torch import nn

from fedjury.oracle.aggregation.averaging import mix
from fedjury.oracle.evaluation import moves
from fedjury.oracle.evaluation.blending import Blender
from fedjury.oracle.evaluation.fast.arithmetic import FLOAT32_FINE
from fedjury.oracle.evaluation.fast.weights import PassWeights
from fedjury.oracle.evaluation.losses import LossUnits
from fedjury.oracle.evaluation.passes import Passes
from fedjury.oracle.evaluation.product_store import BUDGET, ProductStore
from fedjury.oracle.evaluation.reference.evaluation import reference_logits
from fedjury.oracle.evaluation.right_answers import RightAnswers
from fedjury.protocol.tensors import Tensors
from tests.support.bound_subjects import rows, sinking
from tests.support.reference import of_class_zero


@dataclass(frozen=True)
class Trial:
    """A linear model and updates of it.

    Attributes:
        current: the model w.
        updates: of the round.
        x: samples, (n, inputs).
        share: of the current model.
        steps: which update comes to the mean (1 + index) or goes from it (-1 - index), in order; by
            default all come.
        budget: bytes for products that are kept.
    """

    current: Tensors
    updates: Sequence[Tensors]
    x: torch.Tensor
    share: float = 0.0
    steps: Sequence[int] = field(default_factory=list)
    budget: int = BUDGET

    def ratio(self) -> float:
        """The largest difference's error relative to its bound, of all samples.

        Raises:
            ValueError: nothing is claimed.
        """
        outputs, inputs = self.current["weight"].shape
        model = nn.Linear(inputs, outputs).eval()
        y = torch.zeros(len(self.x), dtype=torch.int64)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(moves, "ProductStore", partial(ProductStore, budget=self.budget))
            blender = Blender.of(
                Passes(model, of_class_zero(self.x), 64),
                LossUnits.of(y),
                RightAnswers(y),
                self.current,
                self.updates,
            )
        weights, products = self._blended(blender)
        assert blender.moves is not None
        found = blender._logits(blender.moves, PassWeights.of(weights), products, self.share)
        off = found.values.double() - reference_logits(model, weights, self.x)
        if not found.apart.isfinite().all():
            raise ValueError("a bound is infinite")
        return float(((off.amax(dim=1) - off.amin(dim=1)) / found.apart).max())

    def _blended(self, blender: Blender) -> tuple[Tensors, moves.Products]:
        """The weights, summed one after the other as a rule does it, and the products."""
        products, count = blender.nothing, 0
        total = {name: torch.zeros_like(tensor).double() for name, tensor in self.current.items()}
        for step in self.steps or range(1, len(self.updates) + 1):
            index, sign = abs(step) - 1, 1 if step > 0 else -1
            products = (blender.plus if step > 0 else blender.minus)(products, index)
            total = {
                name: tensor + sign * self.updates[index][name].double()
                for name, tensor in total.items()
            }
            count += sign
        mean = {name: tensor / count for name, tensor in total.items()}
        return mix(self.current, mean, self.share), products


def _model(weight: torch.Tensor, bias: float = 0.0) -> Tensors:
    return {"weight": weight, "bias": torch.full((len(weight),), bias)}


def _products() -> Trial:
    """Each product of a sample with an update loses half a unit again and again."""
    vector = sinking(256, FLOAT32_FINE)
    update = _model(rows(vector, 2))
    return Trial(_model(torch.zeros(2, 256)), [update], vector.expand(40, 256).clone())


def _sums() -> Trial:
    """Exact products of which each but the first is lost where they are added."""
    column = torch.tensor([[1.0], [-1.0]])
    updates = [_model(column), *[_model(column * 2.0**-24)] * 299]
    return Trial(_model(torch.zeros(2, 1)), updates, torch.ones(2, 1))


def _narrow() -> Trial:
    """Exact products of which each but the largest loses half a step where it is kept."""
    column = torch.tensor([[32767.0], [2.5], [-2.5]]) * 2.0**-15
    return Trial(_model(torch.zeros(3, 1)), [_model(column)], torch.ones(2, 1), budget=12)


def _rounded_weights() -> Trial:
    """Weights half a unit off, all to the side that the sample looks to."""
    up, down = 1 + 2.0**-23, 1.0
    signs = torch.tensor([1.0, -1.0]).repeat(64)
    current = rows(torch.where(signs > 0, down, up), 2)
    update = rows(torch.where(signs > 0, up, 1 + 2.0**-22), 2)
    return Trial(_model(current), [_model(update)], signs[None], share=0.5)


def _additions() -> Trial:
    """The model's own product, the update's and the bias lose half a unit each."""
    weight = torch.tensor([[1.0, 2.0**-24], [-1.0, -(2.0**-24)]])
    moved = weight + torch.tensor([[0.0, 2.0**-24], [0.0, -(2.0**-24)]])
    bias = torch.tensor([2.0**-24, -(2.0**-24)])
    current, update = {"weight": weight, "bias": bias}, {"weight": moved, "bias": bias}
    return Trial(current, [update], torch.ones(1, 2))


def random_trial(seed: int) -> Trial:
    """Updates of all sizes, some of which go again."""
    generator = torch.Generator().manual_seed(seed)

    def drawn(*shape: int, spread: float = 0.0) -> torch.Tensor:
        sizes = torch.exp2(spread * (torch.rand(shape, generator=generator) - 0.5))
        return torch.randn(shape, generator=generator) * sizes

    spread, inputs = [0.0, 4.0, 30.0][seed % 3], [3, 40, 300][seed // 3 % 3]
    current = {"weight": drawn(4, inputs, spread=spread), "bias": drawn(4)}
    near = 10.0 ** -(seed % 5)
    updates = [
        {
            name: tensor + near * drawn(*tensor.shape, spread=spread)
            for name, tensor in current.items()
        }
        for _ in range(9)
    ]
    updates[3] = {name: -1000 * tensor for name, tensor in updates[2].items()}
    steps = [1, 2, 3, 4, 5, -4, 6, 7, -1, 8, 9, -6, 1]
    share = [0.0, 0.25, 0.875][seed % 3]
    budget = [BUDGET, 9 * 20 * 4 * 3, 1][seed // 2 % 3]
    return Trial(current, updates, drawn(20, inputs, spread=spread), share, steps, budget)


TRIALS: dict[str, Callable[[], Trial]] = {
    "products": _products,
    "sums": _sums,
    "what is kept": _narrow,
    "rounded weights": _rounded_weights,
    "additions": _additions,
}
