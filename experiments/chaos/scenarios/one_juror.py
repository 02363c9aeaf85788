"""One juror of four in turn does not work: down, standing still, 30 seconds slow."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial

from experiments.chaos.accomplices.faults import slow
from experiments.chaos.federation import Federation
from experiments.chaos.figures import Figures
from experiments.chaos.scenario import Kind, Scenario
from experiments.chaos.scenarios.moments import (
    is_heard,
    metrics_of,
    some_jurors,
    told_of_peers,
)

_SLOW_SECONDS = 30.0
_SEEN_SECONDS = 30.0
_UNREACHABLE = ("peer-unreachable",)

Disturbance = Callable[[Federation, int], AbstractContextManager[None]]


@contextmanager
def down(federation: Federation, index: int) -> Iterator[None]:
    """The juror of this index is down."""
    federation.jurors[index].kill()
    yield
    federation.jurors[index].start()


@contextmanager
def stopped(federation: Federation, index: int) -> Iterator[None]:
    """It got SIGSTOP: its sockets take requests, which nobody answers."""
    federation.jurors[index].pause()
    try:
        yield
    finally:
        federation.jurors[index].resume()


@contextmanager
def slowed(federation: Federation, index: int) -> Iterator[None]:
    """All that it answers comes half a minute late."""
    federation.before_jurors[index].fault = slow(_SLOW_SECONDS)
    yield
    federation.before_jurors[index].fault = None


def in_turn(disturb: Disturbance) -> Callable[[Federation, int], Figures]:
    """Disturb one juror after the other, each for a round, which has to end meanwhile."""

    def play(federation: Federation, seed: int) -> Figures:
        figures = Figures()
        for index in some_jurors(federation, seed):
            federation.wait(
                partial(is_heard, federation, index),
                federation.settings.patience_seconds,
                f"juror-{index + 1} is not back",
            )
            number = federation.next_round()
            before = told_of_peers(federation, index, _UNREACHABLE)
            counted = metrics_of(federation, index, _UNREACHABLE)
            with disturb(federation, index):
                federation.wait_for_round(number + 1)
                figures.count("rounds without one juror")
                federation.wait(
                    lambda index=index, before=before, counted=counted: (  # type: ignore[misc]
                        told_of_peers(federation, index, _UNREACHABLE) > before
                        and metrics_of(federation, index, _UNREACHABLE) > counted
                    ),
                    _SEEN_SECONDS,
                    f"nobody tells in log and metrics that juror-{index + 1} does not answer",
                )
            more = metrics_of(federation, index, _UNREACHABLE) - counted
            figures.count("counts of it in their metrics", more)
            told = told_of_peers(federation, index, _UNREACHABLE) - before
            figures.count("times that peers told so", told)
        return figures

    return play


SCENARIOS = (
    Scenario(
        "juror-down",
        "one juror of four is down for a whole round",
        Kind.ONE_JUROR,
        15,
        in_turn(down),
        least_jurors=4,
    ),
    Scenario(
        "juror-stopped",
        "one juror of four stands still (SIGSTOP) with its sockets open",
        Kind.ONE_JUROR,
        15,
        in_turn(stopped),
        least_jurors=4,
    ),
    Scenario(
        "juror-slow",
        "what one juror of four answers comes 30 s late",
        Kind.ONE_JUROR,
        50,
        in_turn(slowed),
        least_jurors=4,
    ),
)
