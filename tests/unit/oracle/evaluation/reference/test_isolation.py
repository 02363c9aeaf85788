"""Forward passes leave a module as it was."""

from collections import deque
from typing import Any

import numpy as np
import torch
from torch import nn

from fedjury.oracle.evaluation.plain import plain_logits
from fedjury.oracle.evaluation.reference.evaluation import reference_logits
from fedjury.oracle.evaluation.reference.isolation import untouched
from fedjury.task.state import weights_of
from tests.support.reference import normal


class Hoarder(nn.Module):
    """Keeps something of every pass in every way that an attribute can."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 3)
        self.layers = [self.layer]
        self.passes = 0
        self.rebound = torch.zeros(3)
        self.written = torch.zeros(3)
        self.listed: list[torch.Tensor] = []
        self.named: dict[str, list[int]] = {"sizes": []}
        self.queue: deque[int] = deque(maxlen=2)
        self.array = np.zeros(3)
        self.graph = self.layer.weight * 2  # no tensor that can be copied as it is
        self.register_buffer("known", torch.zeros(3))
        self.known: torch.Tensor

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        shown = self.rebound + self.written + self.passes + len(self.listed) + len(self.queue)
        shown = shown + sum(self.named["sizes"]) + float(self.array[0]) + self.known
        self.passes += 1
        self.rebound = self.rebound + 1
        self.written.add_(1)
        self.listed.append(x)
        self.named["sizes"].append(len(x))
        self.queue.append(len(x))
        self.array += 1
        self.known = self.known + 1
        if not hasattr(self, "late"):
            self.late = nn.Identity()
        result: torch.Tensor = self.layers[0](x) + shown
        return result


def _contents(model: nn.Module) -> dict[str, Any]:
    return {
        name: repr(value) for module in model.modules() for name, value in module.__dict__.items()
    }


def test_no_pass_sees_anything_of_an_earlier_one() -> None:
    model = Hoarder().eval()
    before, weights, x = _contents(model), weights_of(model), normal(20, 3)
    first = reference_logits(model, weights, x)
    expected = reference_logits(model.layer, weights_of(model.layer), x)
    assert torch.equal(first, expected)
    assert torch.equal(reference_logits(model, weights, x[:5]), first[:5])
    assert torch.allclose(plain_logits(model, weights, x), expected)
    assert torch.allclose(plain_logits(model, weights, x), expected)
    assert _contents(model) == before


def test_a_pass_without_isolation_would_leave_something_behind() -> None:
    model = Hoarder().eval()
    before, x = _contents(model), normal(4, 3)
    with torch.no_grad():
        plain = model(x)
        assert not torch.equal(model(x), plain)
    assert _contents(model) != before


def test_modules_and_parameters_in_containers_stay_themselves() -> None:
    model = Hoarder()
    with untouched(model):
        assert model.layers is not None
        assert model.layers[0] is model.layer
        assert model.listed == []
        model.layers.clear()
    assert model.layers == [model.layer]


def test_attributes_are_given_back_where_the_pass_raises() -> None:
    model = Hoarder()
    before = _contents(model)
    try:
        with untouched(model):
            model(normal(2, 3))
            raise RuntimeError
    except RuntimeError:
        pass
    assert _contents(model) == before


def test_what_cannot_be_copied_is_shared() -> None:
    class Unwilling:
        def __deepcopy__(self, memo: object) -> object:
            raise TypeError("no")

    model = nn.Linear(2, 2)
    model.kept = [Unwilling()]  # type: ignore[assignment]
    kept = model.kept
    with untouched(model):
        assert model.kept is kept
    assert model.kept is kept


def test_containers_that_two_modules_share_are_one_during_a_pass() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    shared: list[int] = []
    for each in model:
        each.shared = shared  # type: ignore[assignment]
    with untouched(model):
        assert model[0].shared is model[1].shared
        assert id(model[0].shared) != id(shared)
