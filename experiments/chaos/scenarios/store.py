"""IPFS stopped for whole rounds, slow, wrong, truncated."""

import time
from collections.abc import Callable

from experiments.chaos.accomplices.faults import one_of, slow, sometimes
from experiments.chaos.accomplices.messages import Fault
from experiments.chaos.accomplices.store_faults import IPFS, truncated, wrong
from experiments.chaos.federation import Federation
from experiments.chaos.figures import Figures
from experiments.chaos.scenario import Kind, Scenario

_STOPPED_SECONDS, _QUICK_STOPPED_SECONDS = 45.0, 8.0
_ROUNDS = 3


def stop(federation: Federation, seed: int) -> Figures:
    """Kill the IPFS daemon while a round is on, and bring it back later."""
    figures, quick = Figures(), federation.quick
    for _ in range(1 if quick else _ROUNDS):
        federation.next_round()
        federation.store_service.kill()
        seconds = _QUICK_STOPPED_SECONDS if quick else _STOPPED_SECONDS
        time.sleep(seconds)
        federation.store_service.start()
        figures.count("seconds without IPFS", seconds)
        federation.next_round()
    return figures


def faulty(fault: Fault) -> Callable[[Federation, int], Figures]:
    """Every daemon's IPFS does so, for some rounds."""

    def play(federation: Federation, seed: int) -> Figures:
        figures, number = Figures(), federation.next_round()
        for between in federation.between.values():
            between.store.seen.clear()
            between.store.fault = fault
        try:
            federation.wait_for_round(number + (1 if federation.quick else _ROUNDS))
        finally:
            for between in federation.between.values():
                between.store.fault = None
        met = sum(between.store.seen["met"] for between in federation.between.values())
        figures.count("requests to the faulty store", met)
        return figures

    return play


SCENARIOS = (
    Scenario("ipfs-stopped", "IPFS is down for whole rounds", Kind.STORE, 20, stop),
    Scenario("ipfs-slow", "IPFS takes a second for everything", Kind.STORE, 20, faulty(slow(1.0))),
    Scenario(
        "ipfs-wrong",
        "of half of the files that IPFS gives a bit is wrong",
        Kind.STORE,
        20,
        faulty(sometimes(0.5, wrong)),
    ),
    Scenario(
        "ipfs-truncated",
        "half of the files that IPFS gives end early",
        Kind.STORE,
        20,
        faulty(sometimes(0.5, truncated)),
    ),
    Scenario(
        "ipfs-flaky",
        "a seventh of the requests to IPFS is refused, lost, delayed or broken off",
        Kind.STORE,
        20,
        faulty(sometimes(0.15, one_of(IPFS))),
    ),
)
