"""Cutting samples into slices."""

import pytest
import torch

from fedjury.data import Samples
from fedjury.data.slice_size import RECOMMENDED, chance_of_luck, warning_of
from fedjury.data.slicing import Sizes, choose_sizes, count_shared, cut
from fedjury.errors import DataError

SAMPLES = Samples(torch.arange(100.0).unsqueeze(1), torch.arange(100) % 7)


@pytest.mark.parametrize(
    ("asked", "sizes"),
    [
        ((100,), Sizes(1, 100, 0)),
        ((100, 1, 30), Sizes(1, 30, 70)),
        ((100, 1, None, 30), Sizes(1, 70, 30)),
        ((100, 4), Sizes(4, 20, 20)),
        ((99, 4), Sizes(4, 19, 23)),
        ((100, 4, 10), Sizes(4, 10, 60)),
        ((100, 4, 25, 0), Sizes(4, 25, 0)),
        ((100, 4, None, 0), Sizes(4, 25, 0)),
        ((100, 4, None, 7), Sizes(4, 23, 8)),
        ((100, 99), Sizes(99, 1, 1)),
    ],
)
def test_sizes_are_as_asked_for_or_all_that_fit(asked: tuple[int, ...], sizes: Sizes) -> None:
    assert choose_sizes(*asked) == sizes


@pytest.mark.parametrize("slices", range(2, 12))
def test_with_several_slices_at_least_one_slices_worth_stays_in_none(slices: int) -> None:
    sizes = choose_sizes(359, slices)
    assert sizes.rest >= sizes.each >= 1
    assert slices * sizes.each + sizes.rest == 359


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ((100, 1, 101), "too few for 101 and 0"),
        ((100, 4, 25), "too few for 4 slices of 25 and 25"),
        ((100, 4, 21), "too few for 4 slices of 21 and 21"),
        ((100, 100), "too few for 100 slices of 1"),
        ((100, 1, None, 100), "too few for 1 and 100"),
        ((100, 1, None, 200), "too few for 1 and 200"),
        ((100, 1, 50, 51), "too few for 50 and 51"),
    ],
)
def test_too_few_samples_are_refused_with_the_figures(asked: tuple[int, ...], words: str) -> None:
    with pytest.raises(DataError, match=f"there are 100 samples for the jury: {words}"):
        choose_sizes(*asked)


@pytest.mark.parametrize("seed", [None, 3])
def test_slices_are_disjoint_and_of_the_size_asked_for(seed: int | None) -> None:
    slices = cut(SAMPLES, Sizes(6, 15, 10), seed)
    assert [len(each) for each in slices] == [15] * 6
    drawn = torch.cat([each.x for each in slices]).flatten().tolist()
    assert len(set(drawn)) == 90
    for each in slices:
        assert torch.equal(each.x.flatten().long() % 7, each.y)


def test_the_cut_is_drawn_anew_each_time_unless_a_seed_is_given() -> None:
    sizes = Sizes(2, 40, 20)

    def drawn(seed: int | None) -> list[float]:
        found: list[float] = torch.cat([each.x for each in cut(SAMPLES, sizes, seed)]).tolist()
        return found

    assert drawn(None) != drawn(None)
    assert drawn(3) == drawn(3)
    assert drawn(3) != drawn(4)


def test_a_part_of_the_samples_is_not_the_first_ones() -> None:
    (part,) = cut(SAMPLES, Sizes(1, 50, 50))
    assert sorted(part.x.flatten().tolist()) != list(range(50))


def test_one_slice_of_everything_keeps_the_order() -> None:
    (whole,) = cut(SAMPLES, Sizes(1, 100, 0))
    assert torch.equal(whole.x, SAMPLES.x)


def test_equal_inputs_in_two_slices_are_counted() -> None:
    one = Samples(torch.tensor([[1.0], [1.0], [2.0]]), torch.tensor([0, 1, 0]))
    other = Samples(torch.tensor([[2.0], [3.0]]), torch.tensor([0, 0]))
    assert count_shared([one, other]) == 2
    assert count_shared([one]) == 0


@pytest.mark.parametrize(
    ("labels", "percent"), [(100, 30.4), (500, 25.0), (1000, 19.2), (5000, 3.5)]
)
def test_the_chance_of_luck_is_that_of_winning_more_than_losing(
    labels: int, percent: float
) -> None:
    """The figures are exact: 4% of the answers change, of which 7 in 16 are won."""
    assert chance_of_luck(labels) == pytest.approx(percent / 100, abs=0.005)


def test_small_slices_are_told_what_their_size_means() -> None:
    assert warning_of(RECOMMENDED) == ""
    words = warning_of(1000)
    assert "a slice of 1,000 is a weak test" in words
    assert "19% of the time (4% with 5,000)" in words
    assert all(remedy in words for remedy in ("z=2", "--rule loss", "more samples"))


@pytest.mark.parametrize(("samples", "tiny"), [(1, True), (3, True), (99, True), (100, False)])
def test_of_a_tiny_slice_no_figure_is_told(samples: int, tiny: bool) -> None:
    words = warning_of(samples)
    assert words.startswith(f"a slice of {samples} tells next to nothing") is tiny
    assert ("%" not in words) is tiny
