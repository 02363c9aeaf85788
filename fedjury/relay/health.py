"""Whether a relay does its work: looks at the chain, reaches the store, can pay."""

import time
from collections.abc import Callable

from fedjury.errors import StoreUnavailable
from fedjury.relay.purse import Purse
from fedjury.relay.window import LONGEST_UNSEEN
from fedjury.runtime.events import Event, TransientFailure
from fedjury.runtime.loop import Step
from fedjury.store import ContentStore

CHECK_SECONDS = 30.0


class Health:
    """Watches a relay's cycles.

    Args:
        purse: knows whether the account can pay.
        store: is asked now and then whether it works.
        clock: seconds that only ever grow.
    """

    def __init__(
        self, purse: Purse, store: ContentStore, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._purse, self._store, self._clock = purse, store, clock
        self._done_at = self._check_due = clock()
        self._failure = ""
        self._has_begun = False

    def watch(self, cycle: Callable[[], Step]) -> Callable[[], Step]:
        """The same cycle, watched.

        Raises, when it is called:
            StoreUnavailable: the store does not work, which a cycle without need of it would not
                notice.
        """

        def watched() -> Step:
            step = cycle()
            self._done_at, self._has_begun = self._clock(), True
            if step is Step.WAITING and self._clock() >= self._check_due:
                self._check()
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
        return self._purse.lack

    def _check(self) -> None:
        try:
            self._store.check()
        except StoreUnavailable:
            self._check_due = self._clock()
            raise
        self._check_due = self._clock() + CHECK_SECONDS
