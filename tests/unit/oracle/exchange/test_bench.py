"""Whose turn it is, at any time."""

import pytest

from fedjury.oracle.exchange.bench import Bench, Turns

JURORS = [f"0x{number:040x}" for number in (3, 1, 2, 4)]
CLOSED_AT = 1_000


def turns(availability: int) -> Turns:
    return Turns(Bench.of(JURORS, 3), "0x" + "ab" * 20, 7, CLOSED_AT, availability)


@pytest.mark.parametrize("availability", [1, 3, 40])
def test_as_many_attempts_have_begun_as_start_by_then(availability: int) -> None:
    made = turns(availability)
    for attempt in range(40):
        start = made.start_of(attempt)
        assert made.begun(start) == attempt + 1
        assert made.begun(start - 0.001) == attempt


def test_a_clock_that_is_centuries_ahead_is_answered_at_once() -> None:
    made = turns(4)
    now = CLOSED_AT + 10**15
    begun = made.begun(now)
    assert made.start_of(begun - 1) <= now < made.start_of(begun)


def test_no_attempt_has_begun_while_the_files_have_time() -> None:
    assert turns(40).begun(CLOSED_AT + 39) == 0
    assert turns(40).begun(0) == 0
