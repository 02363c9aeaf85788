"""Faults between jurors."""

import random
from collections.abc import Collection

from experiments.chaos.accomplices.faults import hang_up
from experiments.chaos.accomplices.messages import Answer, Fault, Forward, Request
from fedjury.oracle.exchange.authorization import HEADER, read_authorization


def asker(request: Request) -> str | None:
    """Address of the juror who says that it asks, in lower case; None for a stranger."""
    for name, value in request.headers.items():
        if name.lower() == HEADER.lower():
            try:
                return read_authorization(value).signer.lower()
            except ValueError:
                return None
    return None


def of_askers(jurors: Collection[str], fault: Fault = hang_up) -> Fault:
    """Do so to requests of these jurors alone; addresses in lower case."""

    def chosen(request: Request, forward: Forward, draw: random.Random) -> Answer | None:
        met = asker(request) in jurors
        return fault(request, forward, draw) if met else forward(request)

    return chosen
