"""Held-out measurements, by counts that can be told by looking."""

import pytest
import torch
from torch import nn

from fedjury.data import Samples
from fedjury.errors import ConfigError
from fedjury.simulation.held_out import HeldOut, Trigger
from tests.support.held_out import held_out, wrong_on
from tests.support.sentences import sentences


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


class _Follows(nn.Module):
    """Word w is followed by 2w mod 11 + 1, as the made-up sentences mostly are."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.one_hot(2 * x % 11 + 1, 12).float()


def test_of_sentences_the_words_that_count_are_counted() -> None:
    test = sentences().test
    several = Samples(test.x.repeat(12, 1), test.y.repeat(12, 1), test.padding)  # two batches
    measured = HeldOut(_Follows(), several, None)
    ruled = (test.y == 2 * test.x % 11 + 1).sum()
    assert len(measured) == 12 * len(test.labels)
    assert measured.correct_mask({}).shape == (len(measured),)
    assert measured.accuracy({}) == int(ruled) / len(test.labels)
    assert 0.8 < measured.accuracy({}) < 1


def test_a_backdoor_needs_images_of_other_classes() -> None:
    with pytest.raises(ConfigError, match="backdoor stamps images"):
        HeldOut(_Follows(), sentences().test, Trigger(1, "corner", 2))
    same = Samples(torch.rand(3, 8, 8), torch.ones(3, dtype=torch.int64))
    with pytest.raises(ConfigError, match="all of class 1, which the backdoor shall give"):
        HeldOut(_SeesCorner(), same, Trigger(1, "corner", 2))
