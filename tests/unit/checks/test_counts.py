"""Counts in sentences for people."""

import pytest

from fedjury.checks.counts import counted, numbered
from fedjury.oracle.events import Judging
from fedjury.simulation.sweep_events import SweepStarted


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 updates"), (1, "1 update"), (2, "2 updates"), (11, "11 updates")]
)
def test_one_alone_is_singular(count: int, words: str) -> None:
    assert counted(count, "update") == words


@pytest.mark.parametrize(
    ("count", "noun", "words"),
    [
        (1, "entry", "1 entry"),
        (0, "entry", "0 entries"),
        (2, "day", "2 days"),
        (1, "batch", "1 batch"),
    ],
)
def test_a_noun_takes_the_ending_that_it_needs(count: int, noun: str, words: str) -> None:
    assert counted(count, noun) == words


@pytest.mark.parametrize(("count", "ending"), [(1, "1 update"), (3, "3 updates")])
def test_a_juror_counts_the_updates_that_it_judges(count: int, ending: str) -> None:
    assert Judging(round=1, updates=count, batched=0).sentence == f"round 1: judging {ending}"


@pytest.mark.parametrize(("count", "words"), [(1, "1 of 1 scenario"), (4, "1 of 4 scenarios")])
def test_a_sweep_counts_its_scenarios(count: int, words: str) -> None:
    assert SweepStarted(scenarios=count, done=1).sentence == f"{words} done before"


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ([2], "slice 2"),
        ([2, 3], "slices 2 and 3"),
        ([1, 2, 3], "slices 1 to 3"),
        ([1, 3, 4, 6, 7, 8], "slices 1, 3, 4 and 6 to 8"),
    ],
)
def test_numbers_in_a_row_are_told_by_their_ends(numbers: list[int], words: str) -> None:
    assert numbered(numbers, "slice") == words
