"""Waiting for services that limit their users' rate."""

from collections.abc import Callable

import pytest

from fedjury.errors import ChainUnavailable, StoreUnavailable, TransientError
from fedjury.runtime.patience import Patience


class Sleeps:
    """A clock that only moves when somebody sleeps by it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept.append(seconds)


def _limited(times: int, retry_after: float | None) -> Callable[[], str]:
    """An action that is refused so many times before it works."""
    left = [times]

    def action() -> str:
        if left[0] == 0:
            return "done"
        left[0] -= 1
        error = StoreUnavailable("too many requests")
        error.retry_after = retry_after
        raise error

    return action


def _patience(seconds: float, sleeps: Sleeps) -> Patience:
    return Patience(seconds, sleeps.clock, sleeps.sleep)


def test_waits_as_long_as_the_other_side_asks() -> None:
    sleeps = Sleeps()
    assert _patience(60, sleeps).call(_limited(3, 7.0)) == "done"
    assert sleeps.slept == [7.0, 7.0, 7.0]


def test_doubles_where_the_other_side_asks_for_next_to_nothing() -> None:
    sleeps = Sleeps()
    assert _patience(60, sleeps).call(_limited(4, 0.0)) == "done"
    assert sleeps.slept == [1.0, 2.0, 4.0, 8.0]


def test_gives_up_where_more_is_asked_than_is_left_over_all_calls() -> None:
    sleeps = Sleeps()
    patience = _patience(10, sleeps)
    assert patience.call(_limited(1, 6.0)) == "done"
    with pytest.raises(StoreUnavailable, match="too many requests"):
        patience.call(_limited(1, 6.0))
    assert sleeps.slept == [6.0]


@pytest.mark.parametrize("error", [ChainUnavailable("down"), ValueError("a bug")])
def test_does_not_wait_where_nobody_asked_for_it(error: Exception) -> None:
    sleeps = Sleeps()

    def action() -> None:
        raise error

    with pytest.raises(type(error)):
        _patience(60, sleeps).call(action)
    assert sleeps.slept == []


def test_none_is_the_default() -> None:
    with pytest.raises(TransientError):
        Patience().call(_limited(1, 0.0))


def test_waits_for_what_may_be_over_in_a_moment_if_it_is_told_so() -> None:
    sleeps, failures = Sleeps(), [ChainUnavailable("broken off"), ChainUnavailable("down for good")]

    def action() -> None:
        raise failures[0] if len(sleeps.slept) < 2 else failures[1]

    with pytest.raises(ChainUnavailable, match="for good"):
        _patience(60, sleeps).call(action, lambda error: error is failures[0])
    assert sleeps.slept == [1.0, 2.0]


def test_a_daemons_is_short_and_anew_for_each_call() -> None:
    sleeps = Sleeps()
    patience = Patience(3.0, sleeps.clock, sleeps.sleep, first_wait=0.25, for_each=True)
    for _ in range(3):
        assert patience.call(_limited(3, 0.0)) == "done"
    assert sleeps.slept == [0.25, 0.5, 1.0] * 3
    with pytest.raises(StoreUnavailable):
        patience.call(_limited(4, 0.0))
    with pytest.raises(StoreUnavailable):
        patience.call(_limited(1, 3.5))
