"""A juror's board that counts what it is asked for."""

import re
import time
from collections import defaultdict
from dataclasses import dataclass, field

from fedjury.oracle.exchange.board import Answer, Board

_KIND = re.compile(r"/(?:rounds/[^/]+/[^/]+/)?([a-z]+)")


@dataclass
class Asked:
    """Requests of one kind.

    Attributes:
        requests: how many.
        bytes: of all answers.
        seconds: that answering took.
    """

    requests: int = 0
    bytes: int = 0
    seconds: float = 0.0


@dataclass
class Counts:
    """What jurors asked each other for.

    Attributes:
        kinds: by kind of path: ``feed``, ``holding``, ``findings``, ``reports``, ``files``,
            ``slices``.
    """

    kinds: defaultdict[str, Asked] = field(default_factory=lambda: defaultdict(Asked))

    def count(self, target: str, size: int, seconds: float) -> None:
        """Note an answer of so many bytes."""
        found = _KIND.match(target)
        asked = self.kinds[found[1] if found else target]
        asked.requests += 1
        asked.bytes += size
        asked.seconds += seconds


class CountedBoard(Board):
    """Answers as another board does.

    Args:
        board: that answers.
        counts: note each answer.
    """

    def __init__(self, board: Board, counts: Counts) -> None:
        self._board, self._counts = board, counts

    def admits(self, juror: str) -> bool:
        """As `Board.admits`."""
        return self._board.admits(juror)

    def answer(self, juror: str, target: str) -> Answer:
        """As `Board.answer`."""
        started = time.perf_counter()
        answer = self._board.answer(juror, target)
        self._counts.count(target, len(answer.body), time.perf_counter() - started)
        return answer
