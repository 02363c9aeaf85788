"""Samples, with a label each or one for each position of a sequence."""

import re
from typing import Any

import numpy as np
import pytest
import torch

from fedjury.data import Dataset, Samples
from fedjury.data.dataset import join, labels_of, rows_of
from fedjury.errors import DataError, ModelError

WHOLE = torch.zeros(2, dtype=torch.int64)
PADDED = torch.tensor([[3, 1, -1], [0, -1, -1]])
TOKENS = torch.arange(6).reshape(2, 3)


@pytest.mark.parametrize(
    ("x", "y", "says"),
    [
        (
            torch.zeros(2, 3),
            WHOLE.float(),
            "whole numbers, classes from 0, not float32: regression",
        ),
        (torch.zeros(2, 3), WHOLE * 1j, "regression is not supported"),
        (torch.zeros(2, 3), WHOLE.int(), "labels are int64, not int32: convert them by y.to("),
        (torch.zeros(2, 3), WHOLE.bool(), "labels are int64, not bool"),
        (torch.zeros(2, 3), WHOLE[0], "labels have shape (n,) or (n, positions), not ()"),
        (torch.zeros(2, 3), WHOLE.reshape(2, 1, 1), "(n, positions), not (2, 1, 1)"),
        (torch.zeros(2, 3), WHOLE.reshape(2, 1), "one label a sample as y.flatten()"),
        (torch.zeros(2, 3), [0, 1], "labels are a torch tensor, not list"),
        (torch.zeros(2, 3), torch.tensor([0, 2**40]), f"below {2**31 - 1}, not {2**40}"),
        (torch.zeros(2, 3), torch.tensor([-100, 1]), "name it as padding=-100"),
        (torch.zeros(2, 3), torch.zeros(3, dtype=torch.int64), "2 inputs with 3 labels"),
        (torch.zeros(2, 3).double(), WHOLE, "float32 or int64, not float64: convert them"),
        (torch.zeros(2, 3).byte(), WHOLE, "float32 or int64, not uint8: convert them"),
        (np.zeros((2, 3), np.float32), WHOLE, "inputs are a torch tensor, not ndarray"),
        (torch.zeros(2, 3, requires_grad=True), WHOLE, "on the CPU without a gradient"),
        (torch.zeros(2, 3).to_sparse(), WHOLE, "inputs are a dense tensor"),
        (torch.zeros(2, 3, device="meta"), WHOLE, "on the CPU"),
        (torch.tensor(1.0), WHOLE, "the samples first, not ()"),
        (torch.zeros(0, 3), WHOLE[:0], "there are no samples"),
        (torch.zeros(2, 3), torch.zeros(2, 0, dtype=torch.int64), "there are no samples"),
        (torch.tensor([[1.0], [float("nan")]]), WHOLE, "inputs hold NaN or infinity"),
        (torch.tensor([[1.0], [float("inf")]]), WHOLE, "inputs hold NaN or infinity"),
    ],
)
def test_what_is_no_samples_is_refused_by_a_sentence(x: Any, y: Any, says: str) -> None:
    with pytest.raises(DataError, match=re.escape(says)):
        Samples(x, y)


@pytest.mark.parametrize(
    ("y", "padding", "says"),
    [
        (torch.tensor([[1, -1], [-2, 0]]), -1, "classes from 0, not -2"),
        (torch.full((2, 3), 5), 5, "2 of 2 samples have no label that counts, but 5 alone"),
        (torch.tensor([[1, 5], [5, 5]]), 5, "leave them out; the first is sample 1, counted from"),
        (torch.tensor([1, 5]), 5, "1 of 2 samples have no label that counts"),
        (WHOLE, 1.0, "padding is a label, a whole number of 64 bits, not 1.0"),
        (WHOLE, True, "padding is a label"),
        (WHOLE, 2**63, "padding is a label"),
    ],
)
def test_padding_that_leaves_a_sample_without_labels_is_refused(
    y: torch.Tensor, padding: Any, says: str
) -> None:
    with pytest.raises(DataError, match=re.escape(says)):
        Samples(torch.zeros(2, 3), y, padding)


def test_inputs_may_be_whole_numbers() -> None:
    assert Samples(TOKENS, WHOLE).x.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_labels_that_count_are_those_that_are_no_padding_in_their_order() -> None:
    assert Samples(TOKENS, PADDED, -1).labels.tolist() == [3, 1, 0]
    assert Samples(TOKENS, TOKENS).labels.tolist() == [0, 1, 2, 3, 4, 5]
    assert Samples(TOKENS, TOKENS, 0).labels.tolist() == [1, 2, 3, 4, 5]
    assert Samples(TOKENS, torch.tensor([2, 7]), 8).labels.tolist() == [2, 7]


def test_logits_are_those_of_the_labels_that_count() -> None:
    logits = torch.arange(2 * 3 * 4).float().reshape(2, 3, 4)
    samples = Samples(TOKENS, PADDED, -1)
    assert samples.rows(logits).tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [12, 13, 14, 15]]
    assert torch.equal(Samples(TOKENS, TOKENS).rows(logits), logits.reshape(6, 4))
    plain = logits[:, 0]
    assert torch.equal(Samples(TOKENS, WHOLE).rows(plain), plain)


def test_labels_and_logits_part_by_part_are_those_of_the_whole() -> None:
    y = torch.randint(-1, 4, (9, 5), generator=torch.Generator().manual_seed(3))
    y[:, 0].clamp_(min=0)
    samples, logits = Samples(torch.zeros(9, 2), y, -1), torch.rand(9, 5, 4)
    parts = [slice(0, 4), slice(4, 8), slice(8, 9)]
    rows = torch.cat([rows_of(logits[part], y[part], -1) for part in parts])
    assert torch.equal(rows, samples.rows(logits))
    assert torch.equal(torch.cat([labels_of(y[part], -1) for part in parts]), samples.labels)


@pytest.mark.parametrize(
    ("y", "shape", "wanted"),
    [
        (WHOLE, (2,), "(2, classes)"),
        (WHOLE, (3, 4), "(2, classes)"),
        (WHOLE, (2, 3, 4), "(2, classes)"),
        (WHOLE, (2, 0), "(2, classes)"),
        (TOKENS, (2, 4), "(2, 3, classes)"),
        (TOKENS, (6, 4), "(2, 3, classes)"),
        (TOKENS, (2, 4, 3), "(2, 3, classes)"),
    ],
)
def test_logits_of_another_shape_are_told_which_was_wanted(
    y: torch.Tensor, shape: tuple[int, ...], wanted: str
) -> None:
    says = f"logits of shape {shape} for labels of shape {tuple(y.shape)}: the shape wanted is "
    with pytest.raises(ModelError, match=re.escape(says + wanted)):
        Samples(torch.zeros(2, 1), y).rows(torch.zeros(shape))


def test_other_labels_take_the_place_of_those_that_count() -> None:
    found = Samples(TOKENS, PADDED, -1).relabelled(torch.tensor([7, 8, 9]))
    assert found.y.tolist() == [[7, 8, -1], [9, -1, -1]]
    assert (found.padding, found.x.tolist()) == (-1, TOKENS.tolist())
    assert Samples(TOKENS, TOKENS).relabelled(torch.arange(6) + 1).y.tolist() == [
        [1, 2, 3],
        [4, 5, 6],
    ]
    assert Samples(TOKENS, WHOLE).relabelled(torch.tensor([2, 1])).y.tolist() == [2, 1]


def test_some_of_the_samples_have_the_same_padding() -> None:
    taken = Samples(TOKENS, PADDED, -1).take(torch.tensor([1]))
    assert (taken.x.tolist(), taken.y.tolist()) == ([[3, 4, 5]], [[0, -1, -1]])
    assert taken.labels.tolist() == [0]


def test_joined_samples_stand_one_part_after_the_other() -> None:
    whole = Samples(TOKENS, PADDED, -1)
    joined = join([whole.take(torch.tensor([1])), whole])
    assert joined.x.tolist() == [[3, 4, 5], [0, 1, 2], [3, 4, 5]]
    assert joined.labels.tolist() == [0, 3, 1, 0]


@pytest.mark.parametrize("largest_first", [True, False])
def test_a_class_that_one_part_has_alone_is_counted(largest_first: bool) -> None:
    few, many = Samples(torch.zeros(2, 1), WHOLE), Samples(torch.zeros(1, 1), torch.tensor([4]))
    parts = (many, few) if largest_first else (few, many)
    assert Dataset("x", *parts).classes == 5


def test_padding_is_no_class() -> None:
    samples = Samples(TOKENS, torch.tensor([[3, 1, 99], [0, 99, 99]]), 99)
    assert Dataset("x", samples, samples).classes == 4


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (Samples(TOKENS, PADDED.clamp(0), None), "different padding: -1 and None"),
        (Samples(TOKENS, WHOLE, -1), "different dimensions of labels: 2 and 1"),
        (Samples(TOKENS.float(), PADDED, -1), "types of inputs: torch.int64 and torch.float32"),
    ],
)
def test_parts_of_two_kinds_are_refused(other: Samples, says: str) -> None:
    with pytest.raises(DataError, match=re.escape(says)):
        Dataset("x", Samples(TOKENS, PADDED, -1), other)
