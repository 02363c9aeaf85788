"""A node, or its provider, that times out, loses answers, refuses transactions or stands still."""

from collections.abc import Callable

from experiments.chaos.accomplices.faults import lose, one_of, slow, sometimes
from experiments.chaos.accomplices.messages import Fault
from experiments.chaos.accomplices.rpc_faults import (
    FEES,
    RPC,
    SENDING,
    StandStill,
    of_methods,
    other_blocks,
)
from experiments.chaos.federation import Federation
from experiments.chaos.figures import Figures
from experiments.chaos.scenario import Kind, Scenario

_ROUNDS = 3
_OF_NODES = ("node-left", "nodes-differ")
_HANGS_SECONDS = 25.0  # a request may take 20


def faulty(fault: Fault) -> Callable[[Federation, int], Figures]:
    """Everybody's node does so, for some rounds."""

    def play(federation: Federation, seed: int) -> Figures:
        figures, number = Figures(), federation.next_round()
        for between in federation.between.values():
            for endpoint in between.endpoints:
                endpoint.seen.clear()
            between.break_chain(fault)
        try:
            federation.wait_for_round(number + (1 if federation.quick else _ROUNDS))
        finally:
            for between in federation.between.values():
                between.break_chain(None)
        every = [each for between in federation.between.values() for each in between.endpoints]
        met = sum(each.seen["met"] for each in every)
        figures.count("requests to the faulty node", met)
        return figures

    return play


def stand_still(federation: Federation, seed: int) -> Figures:
    """All endpoints of one juror, two clients and the relay know of no new block, for a round."""
    figures, number = Figures(), federation.next_round()
    chosen = [federation.jurors[0], *federation.clients[1:3], federation.relay]
    for daemon in chosen:
        federation.between[daemon.name].break_chain(StandStill())
        figures.count("daemons whose nodes stood still")
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
    return figures


def one_of_three(make: Callable[[], Fault]) -> Callable[[Federation, int], Figures]:
    """The first endpoint of everybody does so; the others work, and rounds go on by them."""

    def play(federation: Federation, seed: int) -> Figures:
        figures, number = Figures(), federation.next_round()
        before = _told(federation)
        for between in federation.between.values():
            between.chain.fault = make()
        federation.wait_for_round(number + (1 if federation.quick else _ROUNDS))
        figures.count("times that daemons told of a node", _told(federation) - before)
        figures.require(_told(federation) > before, "nobody tells of the node")
        return figures

    return play


def _told(federation: Federation) -> int:
    """How often daemons told that they left a node, or that two differ."""
    return sum(
        line.get("event") in _OF_NODES for daemon in federation.daemons for line in daemon.lines()
    )


SCENARIOS = (
    Scenario(
        "rpc-times-out",
        "one request in two hundred to a node is not answered in time",
        Kind.CHAIN,
        50,
        faulty(sometimes(0.005, slow(_HANGS_SECONDS))),
    ),
    Scenario(
        "rpc-loses-answers",
        "a node takes every transaction, and none of its senders gets an answer",
        Kind.CHAIN,
        15,
        faulty(of_methods(SENDING, lose)),
    ),
    Scenario(
        "rpc-refuses",
        "a node refuses half of all transactions for their nonce or their fee, without reason",
        Kind.CHAIN,
        15,
        faulty(of_methods(SENDING, sometimes(0.5, one_of(FEES)))),
    ),
    Scenario(
        "rpc-flaky",
        "one request in thirty to a node is refused, limited, lost, delayed or broken off",
        Kind.CHAIN,
        15,
        faulty(sometimes(0.03, one_of(RPC))),
    ),
    Scenario(
        "nodes-stand-still",
        "all nodes of some go on answering, and know of no new block",
        Kind.CHAIN,
        15,
        stand_still,
    ),
    Scenario(
        "node-stands-still",
        "the first of everybody's three nodes goes on answering, and knows of no new block",
        Kind.CHAIN,
        90,
        one_of_three(StandStill),
    ),
    Scenario(
        "nodes-differ",
        "the first of everybody's three nodes tells of other blocks than the others",
        Kind.CHAIN,
        15,
        one_of_three(lambda: other_blocks),
    ),
)
