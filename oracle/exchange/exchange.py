"""What a juror of a jury of several works with: what it says, hears, asks and serves."""

from collections.abc import Callable
from dataclasses import dataclass, field

from fedjury.oracle.exchange.board import Board
from fedjury.oracle.exchange.docket import Docket
from fedjury.oracle.exchange.following import Following
from fedjury.oracle.exchange.peers import Peers
from fedjury.oracle.exchange.sources import Sources


@dataclass(frozen=True)
class Exchange:
    """A juror's part of the exchange.

    Attributes:
        docket: all that is said.
        board: what it serves.
        peers: the others.
        following: takes over what they know.
        sources: the store, with the others behind it.
        pulls: whether the juror's own cycle asks the others; else threads of their own do.
        software: name and version of the program.
        take_slice: keeps the file of a verification slice that another juror gave, if it is the
            one of this number; says whether it is.
    """

    docket: Docket
    board: Board
    peers: Peers
    following: Following
    sources: Sources
    software: str
    pulls: bool = True
    take_slice: Callable[[bytes, int], bool] = field(default=lambda *_: False)
