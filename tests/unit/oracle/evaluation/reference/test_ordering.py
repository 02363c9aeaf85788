"""Sorting and choosing, where equal entries keep their order."""

import math

import torch

from fedjury.oracle.evaluation.reference import ordering

X = torch.tensor([[2.0, 7.0, 7.0, 1.0], [3.0, 3.0, 3.0, 3.0]], dtype=torch.float64)
NAN = torch.tensor([[1.0, math.nan, math.nan, 5.0]], dtype=torch.float64)
TIES = torch.zeros(1000, dtype=torch.float64)


def test_the_first_of_equal_entries_is_chosen() -> None:
    assert ordering.place_of_largest(X, 1).tolist() == [1, 0]
    assert ordering.place_of_smallest(X, 1, keepdim=True).tolist() == [[3], [0]]
    assert ordering.place_of_largest(X) == 1
    assert ordering.place_of_largest(X, 0).tolist() == [1, 0, 0, 1]
    values, places = ordering.largest(X, -1)
    assert values.tolist() == [7, 3]
    assert places.tolist() == [1, 0]
    assert ordering.place_of_largest(TIES) == 0


def test_no_number_is_larger_than_any() -> None:
    values, places = ordering.largest(NAN, 1)
    assert values.isnan()
    assert places == 1
    values, places = ordering.smallest(NAN, 1)
    assert values.isnan()
    assert places == 1
    assert ordering.topk(NAN, 3, 1)[1].tolist() == [[1, 2, 3]]


def test_equal_entries_are_sorted_as_they_come() -> None:
    assert ordering.sort(X, 1)[1].tolist() == [[3, 0, 1, 2], [0, 1, 2, 3]]
    assert ordering.sort(X, 1, descending=True)[1].tolist() == [[1, 2, 0, 3], [0, 1, 2, 3]]
    assert ordering.argsort(TIES).tolist() == list(range(1000))
    values, places = ordering.topk(X, 2, 1)
    assert values.tolist() == [[7, 7], [3, 3]]
    assert places.tolist() == [[1, 2], [0, 1]]
    assert ordering.topk(X, 2, 1, largest=False)[0].tolist() == [[1, 2], [3, 3]]


def test_middle_values() -> None:
    values, places = ordering.median(X, 1)
    assert values.tolist() == [2, 3]
    assert places.tolist() == [0, 1]
    assert ordering.median(NAN, 1)[0].isnan()
    assert ordering.median_of_all(X) == 3
    assert ordering.kth_smallest(X, 4, 1, keepdim=True)[0].tolist() == [[7], [3]]


def test_a_single_number() -> None:
    x = torch.tensor(2.0, dtype=torch.float64)
    assert ordering.largest(x, 0)[0] == 2
    assert ordering.topk(x, 1)[1] == 0
