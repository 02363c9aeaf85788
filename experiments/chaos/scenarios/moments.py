"""When a scenario does something, and what it looks at."""

import random
from collections.abc import Iterable
from contextlib import suppress

import requests

from experiments.chaos.federation import Federation

_COUNTED = "fedjury_juror_peer_events_total"
_REACHABLE = "fedjury_juror_peer_reachable"
_ASK_SECONDS = 5.0


def told_of_peers(federation: Federation, index: int, events: Iterable[str]) -> int:
    """How often the other jurors told one of these events of the juror of this index."""
    address = federation.room.jurors[index].address.lower()
    wanted = set(events)
    return sum(
        line.get("event") in wanted and str(line.get("juror")).lower() == address
        for other in federation.jurors
        if other is not federation.jurors[index]
        for line in other.lines()
    )


def metrics_of(federation: Federation, index: int, events: Iterable[str]) -> int:
    """How often the metrics of the other jurors count these events of the juror of this index.

    A juror that is started again counts anew; one that does not answer counts nothing.
    """
    address, found = federation.room.jurors[index].address.lower(), 0.0
    wanted = {f'{_COUNTED}{{kind="{kind}",peer="{address}"}}' for kind in events}
    for place, port in enumerate(federation.monitors):
        if place == index:
            continue
        with suppress(requests.RequestException):
            text = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=_ASK_SECONDS).text
            lines = (line.rpartition(" ") for line in text.splitlines())
            found += sum(float(value) for name, _, value in lines if name.lower() in wanted)
    return int(found)


def is_heard(federation: Federation, index: int) -> bool:
    """Whether the juror of this index answered all others when they asked it last."""
    wanted = f'{_REACHABLE}{{peer="{federation.room.jurors[index].address.lower()}"}}'
    others = [port for place, port in enumerate(federation.monitors) if place != index]
    with suppress(requests.RequestException):
        for port in others:
            text = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=_ASK_SECONDS).text
            lines = (line.rpartition(" ") for line in text.splitlines())
            if [float(value) for name, _, value in lines if name.lower() == wanted] != [1.0]:
                return False
        return True
    return False


def some_jurors(federation: Federation, seed: int) -> list[int]:
    """The jurors to disturb in turn: all of them, or with QUICK one that is drawn."""
    indices = list(range(federation.settings.jurors))
    random.Random(seed).shuffle(indices)
    return indices[:1] if federation.quick else indices
