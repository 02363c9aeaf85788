"""What a scenario is."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from experiments.chaos.federation import Federation
from experiments.chaos.figures import Figures


class Kind(Enum):
    """What is disturbed; QUICK takes one scenario of each."""

    KILLS = "kills"
    ONE_JUROR = "one juror of four"
    CLIENTS = "clients and their files"
    STORE = "IPFS"
    CHAIN = "the chain"
    CUT = "traffic between jurors"
    BYZANTINE = "one juror of four that lies"
    MACHINE = "disk and clock"
    CONTENT = "spoiled files and statements"


@dataclass(frozen=True)
class Scenario:
    """Disturbs a running federation, and says what it saw.

    Before it runs all daemons and services work. Whatever it broke is mended after it, and every
    round that was on meanwhile has to end right: the run sees to both, so a scenario only has to
    look at what is its own.

    Attributes:
        name: for `ONLY=`, and in figures.
        what: happens, in a sentence for docs/reliability.md.
        kind: what is disturbed.
        seconds: it takes roughly, with QUICK, which leaves out what takes longer than 30; a round
            takes 11 then, and the longest of all kinds have to fit into its three minutes.
        run: does it, with the federation and a seed that everything drawn comes from.
        least_jurors: of a jury for which it makes sense.
        needs_rounds: whether rounds have to end after it; False for what needs no federation.
    """

    name: str
    what: str
    kind: Kind
    seconds: float
    run: Callable[[Federation, int], Figures]
    least_jurors: int = 1
    needs_rounds: bool = True
