"""What a scenario is."""

from collections.abc import Callable
from dataclasses import dataclass

from experiments.chaos.federation import Federation
from experiments.chaos.figures import Figures


@dataclass(frozen=True)
class Scenario:
    """Disturbs a running federation, and says what it saw.

    Before it runs all daemons and services work. Whatever it broke is mended after it, and every
    round that was on meanwhile has to end right: the run sees to both, so a scenario only has to
    look at what is its own.

    Attributes:
        name: for `ONLY=`, and in figures.
        what: happens, in a sentence for docs/reliability.md.
        seconds: it takes roughly, for the bar; with QUICK.
        run: does it, with the federation and a seed that everything drawn comes from.
        least_jurors: of a jury for which it makes sense.
    """

    name: str
    what: str
    seconds: float
    run: Callable[[Federation, int], Figures]
    least_jurors: int = 1
