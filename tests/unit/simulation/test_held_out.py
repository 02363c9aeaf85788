"""Held-out measurements, by counts that can be told by looking."""

import torch
from torch import nn

from fedjury.data import Samples
from fedjury.simulation.held_out import HeldOut, Trigger
from tests.support.held_out import held_out, wrong_on


class _SeesCorner(nn.Module):
    """Class 1 where the last pixel is lit, else class 0."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.one_hot((x[:, -1, -1] > 0.5).long(), 2).float()


def test_accuracy_is_the_share_of_right_answers() -> None:
    assert held_out().accuracy(wrong_on(25)) == 0.75
    assert held_out().backdoor(wrong_on(25)) is None


def test_backdoor_success_counts_samples_of_other_classes() -> None:
    x = torch.zeros(10, 8, 8)
    x[0] = 1.0  # what the trigger is as bright as
    y = torch.tensor([0] * 4 + [1] * 6)
    measured = HeldOut(_SeesCorner(), Samples(x, y), Trigger(1, "corner", 2))
    assert measured.backdoor({}) == 1.0
    missing = HeldOut(_SeesCorner(), Samples(x, y), Trigger(1, "centre", 2))
    assert missing.backdoor({}) == 0.25  # only the bright one
