"""The disk under the content store is full: it gives what it has, and takes nothing more."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from experiments.chaos.accomplices.messages import Answer, Forward, Request
from experiments.chaos.federation import Federation
from experiments.chaos.figures import Figures
from experiments.chaos.inside import fill_disk, make_room
from experiments.chaos.scenario import Kind, Scenario
from experiments.chaos.scenarios.machine import complaints_of

_WRITING = ("/api/v0/add", "/api/v0/pin/add")
_OWN_REFUSAL = 500


class Writes:
    """A fault that is none: it passes all on, and counts what the store says to what would write.

    Attributes:
        seen: number of requests, "taken" and "refused".
    """

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self._lock = threading.Lock()

    def __call__(self, request: Request, forward: Forward, draw: random.Random) -> Answer | None:
        """Pass a request on."""
        answer = forward(request)
        if answer is not None and request.path.split("?")[0] in _WRITING:
            with self._lock:
                self.seen["refused" if answer.status == _OWN_REFUSAL else "taken"] += 1
        return answer


@contextmanager
def full(federation: Federation) -> Iterator[Writes]:
    """No file of the IPFS daemon can grow, meanwhile."""
    writes = Writes()
    for between in federation.between.values():
        between.store.fault = writes
    fill_disk(federation.store_service.pid)
    try:
        yield writes
    finally:
        make_room(federation.store_service.pid)
        for between in federation.between.values():
            between.store.fault = None


def full_store(federation: Federation, seed: int) -> Figures:
    """The store's disk is full for a round from its begin on, and for one from its batches on.

    The first time nothing can be published; the second time much is, and the jury can put neither
    record nor model there.
    """
    figures, settings = Figures(), federation.settings
    seconds = settings.round_seconds + settings.availability_seconds
    for delay in (0, settings.batch_seconds):
        federation.next_round()
        time.sleep(delay)
        before = _complaints(federation)
        with full(federation) as writes:
            time.sleep(seconds)
            refused = writes.seen["refused"]
        told = _complaints(federation) - before
        figures.require(refused > 0, "the store takes all, though its disk is full")
        figures.require(told > 0, "nobody says anything of the store's full disk")
        figures.count("seconds with a full store", seconds)
        figures.count("writes that it refused", refused)
        figures.count("times that daemons told of that", told)
        federation.wait_for_round(federation.round() + 1)
    return figures


def _complaints(federation: Federation) -> int:
    return sum(complaints_of(federation, each) for each in federation.daemons)


SCENARIOS = (
    Scenario(
        "disk-full-store",
        "the disk of the content store is full for two rounds",
        Kind.MACHINE,
        60,
        full_store,
    ),
)
