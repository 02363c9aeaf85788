"""A node, or its provider, that times out, loses answers, refuses transactions or stands still."""

from collections.abc import Callable

from experiments.chaos.accomplices.faults import lose, one_of, slow, sometimes
from experiments.chaos.accomplices.messages import Fault
from experiments.chaos.accomplices.rpc_faults import FEES, RPC, SENDING, StandStill, of_methods
from experiments.chaos.federation import Federation
from experiments.chaos.figures import Figures
from experiments.chaos.scenario import Kind, Scenario

_ROUNDS = 3
_HANGS_SECONDS = 25.0  # a request may take 20


def faulty(fault: Fault) -> Callable[[Federation, int], Figures]:
    """Everybody's node does so, for some rounds."""

    def play(federation: Federation, seed: int) -> Figures:
        figures, number = Figures(), federation.next_round()
        for between in federation.between.values():
            between.chain.seen.clear()
            between.chain.fault = fault
        try:
            federation.wait_for_round(number + (1 if federation.quick else _ROUNDS))
        finally:
            for between in federation.between.values():
                between.chain.fault = None
        met = sum(between.chain.seen["met"] for between in federation.between.values())
        figures.count("requests to the faulty node", met)
        return figures

    return play


def stand_still(federation: Federation, seed: int) -> Figures:
    """The nodes of one juror, two clients and the relay know of no new block, for a round."""
    figures, number = Figures(), federation.next_round()
    chosen = [federation.jurors[0], *federation.clients[1:3], federation.relay]
    for daemon in chosen:
        federation.between[daemon.name].chain.fault = StandStill()
        figures.count("nodes that stood still")
    if federation.settings.jurors > 1:
        federation.wait_for_round(number + 1)
    else:
        federation.wait(
            lambda: (
                federation.task.chain.block().timestamp
                > federation.task.contract.current_round().deadline + 2
            ),
            federation.settings.patience_seconds,
            "time stands still",
        )
    for daemon in chosen:
        federation.between[daemon.name].chain.fault = None
    return figures


SCENARIOS = (
    Scenario(
        "rpc-times-out",
        "one request in two hundred to a node is not answered in time",
        Kind.CHAIN,
        30,
        faulty(sometimes(0.005, slow(_HANGS_SECONDS))),
    ),
    Scenario(
        "rpc-loses-answers",
        "a node takes every transaction, and none of its senders gets an answer",
        Kind.CHAIN,
        25,
        faulty(of_methods(SENDING, lose)),
    ),
    Scenario(
        "rpc-refuses",
        "a node refuses half of all transactions for their nonce or their fee, without reason",
        Kind.CHAIN,
        25,
        faulty(of_methods(SENDING, sometimes(0.5, one_of(FEES)))),
    ),
    Scenario(
        "rpc-flaky",
        "one request in thirty to a node is refused, limited, lost, delayed or broken off",
        Kind.CHAIN,
        30,
        faulty(sometimes(0.03, one_of(RPC))),
    ),
    Scenario(
        "node-stands-still",
        "the nodes of some go on answering, and know of no new block",
        Kind.CHAIN,
        20,
        stand_still,
    ),
)
