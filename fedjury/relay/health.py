"""Whether a relay does its work: looks at the chain, reaches the store, can pay, is in time."""

import time
from collections.abc import Callable

from fedjury.checks.counts import counted
from fedjury.relay.queue import Queue
from fedjury.relay.shelf import Shelf
from fedjury.relay.window import Window
from fedjury.runtime.loop import Step
from fedjury.runtime.monitoring.health import Health
from fedjury.runtime.monitoring.pulse import PULSE, Pulse
from fedjury.task.vitals.purse import Purse

LATE_SHARE = 0.5
"""Of the time for posting after a round takes in nothing more, what may pass with updates left."""


class RelayHealth(Health):
    """Watches a relay's cycles.

    Args:
        purse: knows whether the account can pay.
        shelf: the store; knows whether it works.
        window: knows why nothing may be taken in.
        pulse: of the relay's work.
        clock: seconds that only ever grow.
    """

    def __init__(
        self,
        purse: Purse,
        shelf: Shelf,
        window: Window,
        pulse: Pulse = PULSE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        checks = (lambda: shelf.trouble, lambda: window.trouble, lambda: purse.shortage)
        super().__init__(*checks, pulse=pulse, clock=clock)
        self._shelf = shelf

    def watch(self, cycle: Callable[[], Step]) -> Callable[[], Step]:
        """The same cycle, watched; a store that it has no need of is looked at now and then."""

        def looking() -> Step:
            step = cycle()
            if step is Step.WAITING:
                self._shelf.look()
            return step

        return super().watch(looking)


def lateness(window: Window, queue: Queue) -> str:
    """That updates wait though little is left of the time for batches; "" where none do.

    Args:
        window: shows the round.
        queue: holds what waits.
    """
    found = window.open
    if found is None:
        return ""
    late = found.takes_until + LATE_SHARE * (found.batches_until - found.takes_until)
    waiting = queue.waiting(found.key) if window.now() >= late else 0
    if waiting == 0:
        return ""
    left = max(found.batches_until - window.now(), 0)
    return (
        f"{counted(waiting, 'update')} of round {found.number} with a receipt in no batch yet, and "
        f"{left:.0f} s are left for batches"
    )
