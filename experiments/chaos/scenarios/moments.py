"""When a scenario does something, and what it looks at."""

import random
from collections.abc import Iterable

from experiments.chaos.federation import Federation


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


def some_jurors(federation: Federation, seed: int) -> list[int]:
    """The jurors to disturb in turn: all of them, or with QUICK one that is drawn."""
    indices = list(range(federation.settings.jurors))
    random.Random(seed).shuffle(indices)
    return indices[:1] if federation.quick else indices
