"""A proxy before a node or an IPFS daemon that refuses, limits, delays and loses, by a seed."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from experiments.chaos.accomplices.messages import Answer, Fault, Forward, Request
from experiments.chaos.accomplices.proxy import Accomplice


@dataclass
class Proxy:
    """A running proxy.

    Attributes:
        url: where it listens.
        seen: how often each fault was met, and "passed" for what was passed on.
    """

    url: str
    seen: Counter[str] = field(default_factory=Counter)


@contextmanager
def faulty_proxy(
    target: str,
    faults: dict[str, Fault],
    share: float,
    seed: int,
    always: Fault | None = None,
) -> Iterator[Proxy]:
    """Listen on a free port of this machine, before a service on this machine.

    Args:
        target: URL of the service.
        faults: what may happen to a request.
        share: of the requests to which something happens, from 0 to 1.
        seed: of what happens.
        always: what the other requests go through; None passes them on as they are.
    """
    accomplice = Accomplice(target, seed)
    proxy = Proxy(accomplice.url)

    def drawn(request: Request, forward: Forward, draw: random.Random) -> Answer | None:
        name = draw.choice(sorted(faults)) if draw.random() < share else "passed"
        proxy.seen[name] += 1
        fault = faults.get(name, always)
        return fault(request, forward, draw) if fault else forward(request)

    accomplice.fault = drawn
    try:
        yield proxy
    finally:
        accomplice.close()
