"""Contestants run in turn, and only what they are timed for counts."""

from collections.abc import Iterator

import pytest
import torch

from experiments.judging_benchmark.measuring import Action, Contestant, Race, run
from experiments.judging_benchmark.results import Measurement
from tests.support.threads import threads_as_before


class Bench:
    """A clock that goes on only where somebody works, and a diary of who did what."""

    def __init__(self) -> None:
        self.seconds, self.diary = 0.0, list[str]()

    def contestant(self, name: str, takes: float, share: int = 1) -> Contestant:
        """One whose preparation takes much longer than its work."""

        def prepare(turn: int) -> Action:
            self.seconds += 1000
            self.diary.append(f"{name}{turn}")
            return lambda: self._work(takes * (turn + 1))

        return Contestant(name, prepare, share)

    def _work(self, seconds: float) -> float:
        self.seconds += seconds
        return seconds

    def run(self, race: Race) -> Measurement:
        return run(race, lambda: self.diary.append("|"), lambda: self.seconds)


@pytest.fixture(autouse=True)
def _same_threads_afterwards() -> Iterator[None]:
    with threads_as_before():
        yield


def _race(bench: Bench, turns: int, warm_up: bool = False, added: int = 1) -> Race:
    made = [bench.contestant("a", 1), bench.contestant("b", 6, share=2)]
    return Race("part", {"threads": 1}, turns, lambda: made, warm_up, added)


def test_time_is_the_actions_alone_and_divided_by_its_share() -> None:
    bench = Bench()
    measured = bench.run(_race(bench, 3))
    assert measured.seconds == {"a": [1, 2, 3], "b": [3, 6, 9]}
    assert (measured.unit, measured.ratio("b")) == ("a", 3)


def test_another_contestant_begins_in_each_turn() -> None:
    bench = Bench()
    bench.run(_race(bench, 3))
    assert bench.diary == ["a0", "b0", "|", "b1", "a1", "|", "a2", "b2", "|"]


def test_a_warm_up_does_not_count() -> None:
    bench = Bench()
    measured = bench.run(_race(bench, 1, warm_up=True))
    assert bench.diary == ["a0", "b0", "|", "a0", "b0", "|"]
    assert measured.seconds == {"a": [1], "b": [3]}


def test_turns_can_be_added_up() -> None:
    bench = Bench()
    measured = bench.run(_race(bench, 4, added=2))
    assert measured.seconds == {"a": [1 + 2, 3 + 4], "b": [3 + 6, 9 + 12]}


def test_facts_are_told_from_what_every_turn_returned() -> None:
    bench = Bench()
    made = [bench.contestant("a", 1), bench.contestant("b", 6)]
    race = Race(
        "part",
        {"threads": 1},
        2,
        lambda: made,
        warm_up=False,
        facts=lambda outcomes: {name: sum(found) for name, found in outcomes.items()},
    )
    assert bench.run(race).facts == {"a": 3, "b": 18}


def test_torch_uses_as_many_threads_as_the_race_says() -> None:
    bench = Bench()
    bench.run(Race("part", {"threads": 2}, 0, lambda: [bench.contestant("a", 1)]))
    assert torch.get_num_threads() == 2
