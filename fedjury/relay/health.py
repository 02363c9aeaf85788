"""Whether a relay does its work: looks at the chain, reaches the store, can pay."""

import time
from collections.abc import Callable

from fedjury.relay.purse import Purse
from fedjury.relay.shelf import Shelf
from fedjury.relay.window import LONGEST_UNSEEN, Window
from fedjury.runtime.events import Event, TransientFailure
from fedjury.runtime.loop import Step


class Health:
    """Watches a relay's cycles.

    Args:
        purse: knows whether the account can pay.
        shelf: the store; knows whether it works.
        window: knows why nothing may be taken in.
        clock: seconds that only ever grow.
    """

    def __init__(
        self,
        purse: Purse,
        shelf: Shelf,
        window: Window,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._purse, self._shelf, self._window, self._clock = purse, shelf, window, clock
        self._done_at = clock()
        self._failure = ""
        self._has_begun = False

    def watch(self, cycle: Callable[[], Step]) -> Callable[[], Step]:
        """The same cycle, watched; a store that it has no need of is looked at now and then."""

        def watched() -> Step:
            step = cycle()
            self._done_at, self._has_begun = self._clock(), True
            if step is Step.WAITING:
                self._shelf.look()
            self._failure = ""
            return step

        return watched

    def event(self, event: Event) -> None:
        """Listen to what the relay tells."""
        if isinstance(event, TransientFailure):
            self._failure = event.reason

    @property
    def trouble(self) -> str:
        """What is wrong, in a sentence; "" where nothing is."""
        if self._failure:
            return self._failure
        silent = self._clock() - self._done_at
        if silent > LONGEST_UNSEEN:
            return f"no look at the chain was finished for {silent:.0f} s"
        if not self._has_begun:
            return "the relay has not looked at the chain yet"
        return self._shelf.trouble or self._window.trouble or self._purse.lack
