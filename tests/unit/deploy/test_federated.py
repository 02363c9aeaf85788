"""Choosing which tensors of a model's state are federated."""

import pytest
import torch
from torch import nn

from fedjury.deploy.federated import choose_federated
from fedjury.errors import SpecError


class Parts(nn.Module):
    """A frozen backbone, batch norm, a head, a mask, a counter, and an output tied to the input."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Linear(3, 3).requires_grad_(False)
        self.norm = nn.BatchNorm1d(3)
        self.head = nn.Linear(3, 2)
        self.output = nn.Linear(3, 2, bias=False)
        self.output.weight = self.head.weight
        self.register_buffer("mask", torch.full((2,), -torch.inf))


CHANGED = {
    "norm.weight",
    "norm.bias",
    "norm.running_mean",
    "norm.running_var",
    "norm.num_batches_tracked",
    "head.weight",
    "head.bias",
}
DEFAULT = sorted(CHANGED - {"norm.num_batches_tracked"})
COUNTER = "norm.num_batches_tracked"
NORM = ["norm.bias", "norm.running_mean", "norm.running_var", "norm.weight"]
BACKBONE = ["backbone.bias", "backbone.weight"]


@pytest.mark.parametrize(
    ("include", "exclude", "names", "local"),
    [
        ([], [], DEFAULT, []),
        ([], ["norm.*"], ["head.bias", "head.weight"], sorted([COUNTER, *NORM])),
        ([], ["*running*"], [n for n in DEFAULT if "running" not in n], NORM[1:3]),
        ([], [COUNTER], DEFAULT, [COUNTER]),
        (["head.*"], [], ["head.bias", "head.weight"], NORM),
        (["output.weight"], [], ["head.weight"], ["head.bias", *NORM]),
        (["backbone.*", "head.bias"], [], [*BACKBONE, "head.bias"], ["head.weight", *NORM]),
        (
            ["*"],
            ["mask", "norm.*"],
            [*BACKBONE, "head.bias", "head.weight"],
            sorted([COUNTER, *NORM]),
        ),
    ],
)
def test_names_are_chosen_by_default_or_by_patterns(
    include: list[str], exclude: list[str], names: list[str], local: list[str]
) -> None:
    chosen = choose_federated(Parts(), CHANGED, include, exclude)
    assert (chosen.names, chosen.local) == (names, local)
    assert (chosen.include, chosen.exclude) == (include, exclude)


def test_a_parameter_that_a_few_batches_leave_alone_is_federated_all_the_same() -> None:
    assert "head.bias" in choose_federated(Parts(), CHANGED - {"head.bias"}).names


@pytest.mark.parametrize(
    ("include", "exclude", "says"),
    [
        (["lora*"], [], "--include 'lora\\*' fits none of the model's .*backbone.bias"),
        ([], ["*counter"], "--exclude '\\*counter' fits none"),
        (["norm.num_batches_tracked"], [], "fits none of the model's floating-point tensors"),
        ([], ["*"], "nothing of the model is federated"),
    ],
)
def test_patterns_without_use_and_an_empty_choice_are_refused(
    include: list[str], exclude: list[str], says: str
) -> None:
    with pytest.raises(SpecError, match=says):
        choose_federated(Parts(), CHANGED, include, exclude)
