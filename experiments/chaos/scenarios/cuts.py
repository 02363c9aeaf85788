"""Traffic between jurors cut in two parts."""

import random
import time
from collections.abc import Sequence

from experiments.chaos.accomplices.peer_faults import of_askers
from experiments.chaos.federation import Federation
from experiments.chaos.figures import Figures
from experiments.chaos.scenario import Kind, Scenario

_CUT_SECONDS = 3.0  # beyond the time for files, times attempts
_ATTEMPTS = 8


def cut(federation: Federation, parts: Sequence[Sequence[int]]) -> None:
    """Let nobody of one part ask anybody of another."""
    jurors = [account.address.lower() for account in federation.room.jurors]
    for part in parts:
        others = [jurors[index] for each in parts if each is not part for index in each]
        for index in part:
            federation.before_jurors[index].fault = of_askers(others)


def two_and_two(federation: Federation, seed: int) -> Figures:
    """No report comes while two jurors hear nothing of the other two; healed, it goes on."""
    figures, order = Figures(), _shuffled(federation, seed)
    number = federation.next_round()
    cut(federation, [order[:2], order[2:]])
    state = federation.task.contract.current_round()
    wait = 2.0 if federation.quick else _CUT_SECONDS * _ATTEMPTS
    end = state.deadline + federation.settings.availability_seconds + wait
    federation.wait(
        lambda: federation.task.chain.block().timestamp > end,
        federation.settings.patience_seconds,
        "time stands still",
    )
    figures.require(federation.round() == number, f"round {number} ended by two and two jurors")
    figures.count("rounds without a report while cut 2|2")
    federation.heal()
    began = time.monotonic()
    federation.wait_for_round(number + 1)
    figures.count("seconds from healing to the report", round(time.monotonic() - began, 1))
    return figures


def three_and_one(federation: Federation, seed: int) -> Figures:
    """Three jurors go on without the fourth."""
    figures = Figures()
    rounds = 1 if federation.quick else federation.settings.jurors
    for place in range(rounds):
        order = _shuffled(federation, seed)
        order = order[place:] + order[:place]
        number = federation.next_round()
        cut(federation, [order[:3], order[3:]])
        federation.wait_for_round(number + 1)
        figures.count("rounds while cut 3|1")
        federation.heal()
    return figures


def _shuffled(federation: Federation, seed: int) -> list[int]:
    order = list(range(federation.settings.jurors))
    random.Random(seed).shuffle(order)
    return order


SCENARIOS = (
    Scenario(
        "cut-2-2",
        "two jurors hear nothing of the other two: no report until that is healed",
        Kind.CUT,
        20,
        two_and_two,
        least_jurors=4,
    ),
    Scenario(
        "cut-3-1",
        "one juror hears nothing of the other three, and they nothing of it",
        Kind.CUT,
        15,
        three_and_one,
        least_jurors=4,
    ),
)
