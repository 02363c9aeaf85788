"""Which part of what a module gives are its logits."""

from collections import OrderedDict, namedtuple
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import nn

from fedjury.errors import ModelError
from fedjury.task.logits import give_logits

Both = namedtuple("Both", ["aside", "logits"])


@dataclass
class Attributes:
    """An output that is no collection."""

    logits: torch.Tensor


class Gives(nn.Module):
    """A module whose output is made of x and 2·x."""

    def __init__(self, make: Callable[[torch.Tensor, torch.Tensor], Any]) -> None:
        super().__init__()
        self.make = make

    def forward(self, x: torch.Tensor) -> Any:
        return self.make(x, 2 * x)


X = torch.arange(3.0)


@pytest.mark.parametrize(
    ("make", "part", "factor"),
    [
        (lambda x, twice: x, None, 1),
        (lambda x, twice: (x, twice), None, 1),
        (lambda x, twice: [None, twice, x], None, 2),
        (lambda x, twice: {"loss": None, "b": twice, "a": x}, None, 2),
        (lambda x, twice: OrderedDict(a=3, b=x), None, 1),
        (lambda x, twice: {"loss": x.sum(), "logits": twice}, None, 2),
        (Both, None, 1),
        (lambda x, twice: {"a": x, "logits": twice}, "logits", 2),
        (lambda x, twice: (x, twice), "1", 2),
        (Both, "logits", 2),
        (lambda x, twice: Attributes(twice), "logits", 2),
    ],
)
def test_logits_are_the_first_tensor_or_the_one_that_is_named(
    make: Callable[[torch.Tensor, torch.Tensor], Any], part: str | None, factor: int
) -> None:
    model = Gives(make)
    give_logits(model, part)
    assert torch.equal(model(X), factor * X)
    assert torch.equal(deepcopy(model)(X), factor * X)


@pytest.mark.parametrize(
    ("make", "part", "says"),
    [
        (lambda x, twice: {"loss": 3}, None, "no tensor but dict"),
        (lambda x, twice: (), None, "no tensor but tuple"),
        (lambda x, twice: 3.0, None, "no tensor but float"),
        (
            lambda x, twice: Attributes(x),
            None,
            "gives Attributes with 'logits': say by --model-output which of these its logits are",
        ),
        (lambda x, twice: {"a": x}, "logits", "no tensor 'logits' but dict"),
        (lambda x, twice: (x,), "1", "no tensor '1' but tuple"),
        (lambda x, twice: Attributes(x), "other", "no tensor 'other' but Attributes"),
    ],
)
def test_an_output_without_them_is_a_model_error(
    make: Callable[[torch.Tensor, torch.Tensor], Any], part: str | None, says: str
) -> None:
    model = Gives(make)
    give_logits(model, part)
    with pytest.raises(ModelError, match=says):
        model(X)
