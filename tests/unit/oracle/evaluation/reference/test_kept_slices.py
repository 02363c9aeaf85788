"""Slices of weights that are kept between samples, as far as there is room."""

from functools import partial

import pytest
import torch
from torch import nn

from fedjury.models import mlp
from fedjury.oracle.evaluation.reference import evaluation
from fedjury.oracle.evaluation.reference.evaluation import reference_logits
from fedjury.oracle.evaluation.reference.kept_slices import KeptSlices, kept_or
from fedjury.task.state import weights_of


def _cuts(room: int, *tensors: torch.Tensor) -> int:
    """How often tensors are cut that are asked for twice, one after the other."""
    cuts = list[torch.Tensor]()

    def cut(tensor: torch.Tensor) -> torch.Tensor:
        cuts.append(tensor)
        return tensor

    with KeptSlices(tensors, room):
        for tensor in [*tensors, *tensors]:
            assert kept_or(partial(cut, tensor), tensor) is tensor
    return len(cuts)


def test_slices_are_kept_as_long_as_there_is_room_for_twice_the_tensor() -> None:
    one, other = torch.ones(10), torch.ones(1000)
    assert _cuts(2 * (one.nbytes + other.nbytes), one, other) == 2
    assert _cuts(2 * (one.nbytes + other.nbytes) - 1, one, other) == 3
    assert _cuts(2 * one.nbytes, other, one) == 3
    assert _cuts(0, one, other) == 4


def test_what_is_kept_changes_no_logit(monkeypatch: pytest.MonkeyPatch) -> None:
    model: nn.Module = mlp(5, 7, 3).eval()
    weights, x = weights_of(model), torch.randn(20, 5, generator=torch.Generator().manual_seed(1))
    kept = reference_logits(model, weights, x)
    monkeypatch.setattr(evaluation, "KeptSlices", lambda tensors: KeptSlices(tensors, 0))
    assert torch.equal(reference_logits(model, weights, x), kept)
