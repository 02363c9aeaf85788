"""Whether a daemon does its work, in a sentence that says what is wrong."""

import threading
import time
from collections.abc import Callable

from fedjury.runtime.events import Event, TransientFailure
from fedjury.runtime.loop import Step
from fedjury.runtime.monitoring.pulse import PULSE, Pulse

LONGEST_SILENCE = 180.0
"""Seconds without a sign of life after which cycles stall; a transaction may take as long."""
LASTING_SECONDS = 30.0
"""For so long a transient failure may go on until it is trouble."""

Check = Callable[[], str]
"""What is wrong, in a sentence; "" where nothing is. Must be quick: `GET /healthz` calls it."""


class Health:
    """Watches a daemon's cycles and what it tells.

    Signs of life are a cycle that begins or ends, anything that the cycles' thread tells, and the
    beats of long work. A cycle that fails is one as well: the failure itself is what is wrong then.
    What other threads tell, as a server does, says nothing of the cycles.

    Args:
        checks: what else may be wrong, most urgent first.
        silence: seconds without a sign of life after which the daemon stalls.
        pulse: of the work that cycles do.
        clock: seconds that only ever grow.

    Attributes:
        checks, silence: as given; may be changed once more is known of the task.
    """

    def __init__(
        self,
        *checks: Check,
        silence: float = LONGEST_SILENCE,
        pulse: Pulse = PULSE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.checks, self.silence = list(checks), silence
        self._pulse, self._clock = pulse, clock
        self._thread: int | None = None  # that runs the cycles, once one has begun
        self._failing_since = 0.0
        self._failure = ""
        pulse.beat()

    def watch(self, cycle: Callable[[], Step]) -> Callable[[], Step]:
        """The same cycle, watched."""

        def watched() -> Step:
            self._thread = threading.get_ident()
            self._pulse.beat()
            step = cycle()
            self._failure = ""
            self._pulse.beat()
            return step

        return watched

    def event(self, event: Event) -> None:
        """Listen to what the daemon tells."""
        if self._thread in (None, threading.get_ident()):
            self._pulse.beat()
        if isinstance(event, TransientFailure):
            if not self._failure:
                self._failing_since = self._clock()
            self._failure = event.reason

    @property
    def trouble(self) -> str:
        """What is wrong, in a sentence; "" where nothing is."""
        if self._failure and self._clock() - self._failing_since >= LASTING_SECONDS:
            return self._failure
        if (silent := self._pulse.silence) > self.silence:
            return f"no sign of life for {silent:.0f} s: no cycle was finished, and nothing done"
        if self._thread is None:
            return self._failure or "it has only just been started"
        return next(filter(None, (check() for check in self.checks)), "")
