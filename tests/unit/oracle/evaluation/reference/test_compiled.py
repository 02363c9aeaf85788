"""Modules that `torch.compile` made are evaluated as they were written."""

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import nn

from fedjury.oracle.evaluation.reference.evaluation import reference_logits
from fedjury.task.state import state_of_module
from tests.support.reference import normal


def test_no_operation_of_the_reference_is_compiled() -> None:
    taken = []

    def backend(graph: Any, examples: object) -> Callable[..., Any]:
        taken.append(graph)
        return cast(Callable[..., Any], graph.forward)

    plain = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3)).eval()
    compiled = cast(nn.Module, torch.compile(plain, backend=backend))
    x = normal(6, 4)
    found = reference_logits(compiled, state_of_module(compiled), x)
    assert torch.equal(found, reference_logits(plain, state_of_module(plain), x))
    assert not taken
    compiled(x)
    assert taken  # afterwards it is compiled as its user wants it
