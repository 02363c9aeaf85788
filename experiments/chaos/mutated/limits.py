"""Limits on what spoiled input may cost: memory, and seconds of any one step."""

import faulthandler
import resource
import sys
import time
from types import TracebackType
from typing import Self

from experiments.chaos.figures import Figures

MOST_SECONDS = 60.0  # of one step; then the process ends and shows where it was
MOST_MIB = 128  # beyond what was used after the first steps
_WARM_STEPS = 20
_KIB = 1024 if sys.platform == "darwin" else 1


class Limits:
    """Watches steps: what they take at most is in the figures, what is too much among the wrong.

    Args:
        figures: that are added to.
    """

    def __init__(self, figures: Figures) -> None:
        self._figures, self._steps = figures, 0
        self._before, self._began, self._slowest = 0, 0.0, 0.0

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        return self

    def next(self) -> None:
        """The next step begins."""
        self._note()
        faulthandler.dump_traceback_later(MOST_SECONDS, exit=True)
        if self._steps == _WARM_STEPS:
            self._before = peak_mib()
        self._steps += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        faulthandler.cancel_dump_traceback_later()
        self._note()
        grown = peak_mib() - self._before if self._steps > _WARM_STEPS else 0
        self._figures.values["MiB more at the peak"] = grown
        self._figures.values["seconds of the slowest step"] = round(self._slowest, 3)
        self._figures.require(grown <= MOST_MIB, f"memory grew by {grown} MiB, not {MOST_MIB}")

    def _note(self) -> None:
        now = time.monotonic()
        self._slowest, self._began = max(self._slowest, now - self._began), now


def peak_mib() -> int:
    """The most memory that this process has had at a time."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _KIB // 1024
