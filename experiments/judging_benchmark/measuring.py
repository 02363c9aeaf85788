"""Paired timings: contestants run in turn, again and again, so that all see the same machine."""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from experiments.judging_benchmark.results import Facts, Measurement, What

Action = Callable[[], Any]
Clock = Callable[[], float]
"""Gives seconds since any moment."""


@dataclass(frozen=True)
class Contestant:
    """One way to do the work.

    Attributes:
        name: of the way.
        prepare: given the number of the turn, makes what is timed; its own time does not count.
        share: what the time is divided by, such as the number of updates that are judged.
    """

    name: str
    prepare: Callable[[int], Action]
    share: int = 1


Outcomes = dict[str, list[Any]]
"""By contestant what its actions returned, turn by turn."""


def no_facts(outcomes: Outcomes) -> Facts:
    """Nothing but times is of interest."""
    return {}


@dataclass(frozen=True)
class Race:
    """Contestants that are to be timed side by side.

    Attributes:
        part: of the benchmark.
        what: the settings; `threads` is how many torch may use.
        turns: how often each contestant runs.
        contestants: makes them, when it is time. The first one is the unit of the ratios.
        warm_up: whether a turn that does not count comes first.
        added: turns in a row whose seconds are added up, which makes one figure of them.
        facts: what else is to be told, from what the contestants' actions returned.
    """

    part: str
    what: What
    turns: int
    contestants: Callable[[], Sequence[Contestant]]
    warm_up: bool = True
    added: int = 1
    facts: Callable[[Outcomes], Facts] = no_facts


def run(race: Race, turn_over: Callable[[], None], clock: Clock = time.perf_counter) -> Measurement:
    """Time a race.

    Args:
        race: which.
        turn_over: called after each turn, the warm-up included.
        clock: to look at.
    """
    torch.set_num_threads(int(race.what["threads"]))
    contestants = list(race.contestants())
    seconds: dict[str, list[float]] = {each.name: [] for each in contestants}
    outcomes: Outcomes = {each.name: [] for each in contestants}
    with _little_garbage():
        if race.warm_up:
            for each in contestants:
                timed(each, 0, clock)
            turn_over()
        for turn in range(race.turns):
            for each in _rotated(contestants, turn):
                taken, outcome = timed(each, turn, clock)
                seconds[each.name].append(taken)
                outcomes[each.name].append(outcome)
            turn_over()
    figures = {name: _added(taken, race.added) for name, taken in seconds.items()}
    return Measurement(race.part, race.what, contestants[0].name, figures, race.facts(outcomes))


@contextmanager
def _little_garbage() -> Iterator[None]:
    """Have the collector look only at what is made from now on, so that collecting is quick."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def timed(contestant: Contestant, turn: int, clock: Clock) -> tuple[float, Any]:
    """Seconds of one turn, divided by the share, and what the action returned."""
    action = contestant.prepare(turn)
    gc.collect()  # or one would be charged for what another left behind
    started = clock()
    outcome = action()
    return (clock() - started) / contestant.share, outcome


def _added(seconds: list[float], count: int) -> list[float]:
    return [sum(seconds[start : start + count]) for start in range(0, len(seconds), count)]


def _rotated(contestants: Sequence[Contestant], turn: int) -> list[Contestant]:
    """Another one begins in each turn, so that none always follows the same one."""
    first = turn % len(contestants)
    return [*contestants[first:], *contestants[:first]]
