"""Parameters that are numbers, and the sentence about those that are not."""

import math
import re

import pytest

from fedjury.checks.numbers import check_choice, check_number, check_whole


@pytest.mark.parametrize("value", [0, 0.5, 1, 1.0])
def test_the_bounds_belong_to_the_range(value: object) -> None:
    check_number("share", value, 0, 1)


@pytest.mark.parametrize("value", [-math.nextafter(0, 1), math.nextafter(1, 2), 2, -1])
def test_what_is_out_of_range_is_named_with_the_range(value: object) -> None:
    sentence = f"share is a number from 0 to 1, not {value!r}"
    with pytest.raises(ValueError, match=re.escape(sentence)):
        check_number("share", value, 0, 1)


def test_a_bound_that_does_not_belong_to_the_range() -> None:
    check_number("z", math.nextafter(100, 0), 0, below=100)
    with pytest.raises(ValueError, match="z is a number from 0 and below 100, not 100"):
        check_number("z", 100, 0, below=100)


@pytest.mark.parametrize(
    "value",
    [None, True, "1", [1], 1j, math.nan, math.inf, -math.inf, 10**400, -(10**400)],
    ids=lambda value: repr(value)[:20],
)
def test_what_is_no_finite_number_is_refused_without_bounds_too(value: object) -> None:
    with pytest.raises(ValueError, match="rho is a number, not"):
        check_number("rho", value)


def test_whole_numbers_start_at_the_least() -> None:
    check_whole("steps", 1, 1)
    check_whole("steps", 10**400, 1)


@pytest.mark.parametrize("value", [0, -1, 1.0, True, "1", None])
def test_what_is_no_whole_number_or_too_small_is_named(value: object) -> None:
    with pytest.raises(ValueError, match=f"steps is a whole number from 1, not {value!r}"):
        check_whole("steps", value, 1)


def test_a_choice_is_one_of_the_words() -> None:
    check_choice("deviation", "std", ("unit", "std"))
    for value in ("", "STD", 1, None):
        with pytest.raises(ValueError, match=f"deviation is unit or std, not {value!r}"):
            check_choice("deviation", value, ("unit", "std"))
