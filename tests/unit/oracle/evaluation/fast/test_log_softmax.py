"""A last layer of log-softmax: differences stay, and the reference's rounding is bounded."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from fedjury.oracle.evaluation.fast.approximation import Approximation
from fedjury.oracle.evaluation.fast.arithmetic import FLOAT64
from fedjury.oracle.evaluation.fast.log_softmax import LogSoftmax
from fedjury.oracle.evaluation.fast.recording import record
from fedjury.oracle.evaluation.fast.weights import PassWeights
from fedjury.oracle.evaluation.reference.attention import log_softmax
from fedjury.task.state import weights_of


def _ratio(x: torch.Tensor) -> float:
    """The largest distance of a difference from the reference's, as a share of the bound."""
    found = LogSoftmax().apply([Approximation.exact(x)], PassWeights({}), FLOAT64)
    off = found.values - log_softmax(x, 1)
    return float(((off.amax(dim=1) - off.amin(dim=1)) / found.apart).max())


@pytest.mark.parametrize("scale", [1e-6, 0.1, 1.0, 30.0, 1e6])
@pytest.mark.parametrize("classes", [1, 2, 10, 1000])
def test_no_difference_is_farther_off_than_the_bound(scale: float, classes: int) -> None:
    generator = torch.Generator().manual_seed(classes)
    x = scale * torch.randn(200, classes, generator=generator, dtype=torch.float64)
    assert _ratio(x) <= 1


def test_the_reference_rounds_enough_to_need_a_bound() -> None:
    generator = torch.Generator().manual_seed(2)
    x = torch.rand(20_000, 2, generator=generator, dtype=torch.float64)
    assert _ratio(x) > 1 / 50


@pytest.mark.parametrize(
    ("last", "planned"),
    [
        (lambda: nn.LogSoftmax(dim=1), True),
        (lambda: nn.LogSoftmax(dim=-1), True),
        (lambda: nn.LogSoftmax(dim=0), False),
        (lambda: nn.Sequential(nn.LogSoftmax(dim=1), nn.ReLU()), True),
    ],
)
def test_only_over_the_classes_it_has_a_plan(last: Callable[[], nn.Module], planned: bool) -> None:
    model = nn.Sequential(nn.Linear(5, 3), last()).eval()
    plan = record(model, weights_of(model), torch.ones(3, 5))
    assert (plan is not None) is planned


def test_nothing_that_follows_is_proven() -> None:
    model = nn.Sequential(nn.Linear(5, 3), nn.LogSoftmax(dim=1), nn.Linear(3, 3)).eval()
    weights = weights_of(model)
    plan = record(model, weights, torch.ones(3, 5))
    assert plan is not None
    assert not plan.logits(torch.ones(3, 5), PassWeights(weights), FLOAT64).apart.isfinite().any()
