"""Kills processes at random instants, and starts them again."""

import random
import threading
from collections import Counter
from collections.abc import Sequence

from experiments.chaos.daemon import Daemon

_LONGEST_DOWN = 0.5


class Killer:
    """SIGKILLs one of some daemons after the other, some of them several at once.

    A daemon is started again at once or after a moment, so that kills meet it at work, while it
    starts, and while others start beside it.

    Args:
        daemons: whom.
        kills: how many, in all.
        seconds: from kill to kill, on average.
        seed: of instants and victims.

    Attributes:
        killed: by name, how often a daemon was alive and got its SIGKILL.
    """

    def __init__(self, daemons: Sequence[Daemon], kills: int, seconds: float, seed: int) -> None:
        self._daemons, self._kills, self._seconds = daemons, kills, seconds
        self._draw, self._end = random.Random(seed), threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self.killed: Counter[str] = Counter()

    @property
    def total(self) -> int:
        """How many kills there were."""
        return sum(self.killed.values())

    @property
    def is_done(self) -> bool:
        """Whether it is through."""
        return not self._thread.is_alive()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Kill no more."""
        self._end.set()
        self._thread.join()

    def _work(self) -> None:
        while self.total < self._kills:
            if self._end.wait(self._draw.uniform(0, 2 * self._seconds)):
                return
            several = self._draw.choice((1, 1, 1, 2, 3))
            victims = self._draw.sample(self._daemons, min(several, len(self._daemons)))
            for victim in victims:
                self.killed[victim.name] += victim.kill()
            self._end.wait(self._draw.choice((0.0, self._draw.uniform(0, _LONGEST_DOWN))))
            for victim in victims:
                victim.start()
