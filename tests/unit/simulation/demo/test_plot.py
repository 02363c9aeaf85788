"""The demo's picture."""

from pathlib import Path

import pytest

from fedjury.simulation.demo.plot import curves, draw
from tests.support.demo_results import demo_result, round_result

ROUNDS = [
    round_result(1, {0}, {0, 1}, (0.8, 0.85, 0.2)),
    round_result(2, {0, 1}, {0, 1, 2}, (0.9, 0.953, 0.3)),
]


def test_each_way_is_a_curve_that_says_what_it_is_and_where_it_ends() -> None:
    drawn = curves(demo_result(*ROUNDS))
    assert [curve.label for curve in drawn] == [
        "the jury by its rule, paper, λ = 0.5: 90.0%",
        "selection on the same updates, λ = 0: 95.3%",
        "FedAvg on the same updates: 30.0%",
    ]
    assert [curve.values for curve in drawn] == [
        pytest.approx([10, 80, 90]),
        pytest.approx([10, 85, 95.3]),
        pytest.approx([10, 20, 30]),
    ]


def test_curves_are_told_apart_without_colours() -> None:
    drawn = curves(demo_result(*ROUNDS))
    assert len({curve.style["marker"] for curve in drawn}) == 3
    assert len({curve.style.get("ls", "-") for curve in drawn}) == 3


def test_averaging_is_drawn_once_where_the_rule_is_just_that() -> None:
    same = [round_result(1, {0, 1, 2, 3}, {0}, (0.2, 0.8, 0.2))]
    labels = [curve.label for curve in curves(demo_result(*same, rule="fedavg"))]
    assert len(labels) == 2
    assert labels[0].startswith("the jury by its rule, fedavg")


def test_it_is_a_png(tmp_path: Path) -> None:
    draw(demo_result(*ROUNDS), tmp_path / "it.png")
    assert (tmp_path / "it.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
