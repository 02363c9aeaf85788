"""Weights without dimensions, without entries, or of a single tensor are weights like others."""

import pytest
import torch

from fedjury.oracle.aggregation.averaging import mean, mix, mix_mean
from fedjury.oracle.aggregation.clipped import clipped_mean
from fedjury.oracle.aggregation.coordinates import unflatten
from fedjury.oracle.aggregation.distances import squared_distance, squared_distances
from fedjury.oracle.aggregation.table import BUDGET
from fedjury.oracle.aggregation.trimmed import trimmed_mean
from fedjury.protocol.tensors import Shapes, Tensors, shapes_of

FORMS: dict[str, Shapes] = {
    "one number without dimensions": {"a": ()},
    "one number": {"a": (1,)},
    "a number beside a matrix": {"a": (), "b": (2, 3)},
    "no entries beside some": {"a": (0,), "b": (0, 4), "c": (3,)},
    "no entries at all": {"a": (0,)},
}
EACH_FORM = pytest.mark.parametrize("form", FORMS)
EACH_BUDGET = pytest.mark.parametrize("budget", [BUDGET, 1])


def _drawn(form: str, seed: int) -> Tensors:
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.randn(shape, generator=generator) for name, shape in FORMS[form].items()}


def _round(form: str) -> tuple[Tensors, list[Tensors]]:
    return _drawn(form, 0), [_drawn(form, seed) for seed in range(1, 6)]


def _stacked(updates: list[Tensors]) -> Tensors:
    return {name: torch.stack([each[name].double() for each in updates]) for name in updates[0]}


def _check(found: Tensors, expected: Tensors) -> None:
    assert shapes_of(found) == shapes_of(expected)
    for name, tensor in found.items():
        torch.testing.assert_close(tensor.double(), expected[name].double())


@EACH_FORM
def test_they_are_mixed_and_averaged(form: str) -> None:
    current, updates = _round(form)
    average = {name: tensor.mean(0) for name, tensor in _stacked(updates).items()}
    _check(mean(updates), average)
    mixed = {name: 0.25 * current[name].double() + 0.75 * average[name] for name in current}
    _check(mix(current, mean(updates), 0.25), mixed)
    _check(mix_mean(current, updates, 0.25), mixed)


@EACH_FORM
@EACH_BUDGET
def test_robust_means_are_taken_of_them(form: str, budget: int) -> None:
    current, updates = _round(form)
    median = {name: tensor.median(0).values for name, tensor in _stacked(updates).items()}
    _check(unflatten(trimmed_mean(updates, 2, budget=budget), current), median)
    whole = {name: tensor.mean(0) for name, tensor in _stacked(updates).items()}
    _check(clipped_mean(current, updates, 1e6, budget=budget), whole)


@EACH_FORM
@EACH_BUDGET
def test_distances_between_them_are_those_of_their_entries(form: str, budget: int) -> None:
    current, updates = _round(form)
    found = squared_distances(current, updates, budget=budget)
    for row, one in enumerate(updates):
        for column, other in enumerate(updates):
            parts = [float(((one[key] - other[key]).double() ** 2).sum()) for key in one]
            assert float(found[row, column]) == pytest.approx(sum(parts), rel=1e-6)
            assert squared_distance(one, other) == pytest.approx(sum(parts), rel=1e-6)
