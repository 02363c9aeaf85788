"""For how long a store did not work, as far as requests show it."""

import threading
from collections.abc import Callable

from fedjury.errors import StoreUnavailable

_TOLERATED = 5.0  # seconds
_TOLERATED_SHARE = 0.1  # of the limit, where that is less


class Outages:
    """Remembers the longest time between a request that failed and the next one that worked.

    A store that answers that it does not have a file works.

    Args:
        clock: seconds that only ever grow.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._since: float | None = None
        self._longest = 0.0

    def failed(self) -> None:
        """The store did not work just now."""
        with self._lock:
            if self._since is None:
                self._since = self._clock()

    def worked(self) -> None:
        """The store works."""
        with self._lock:
            if self._since is not None:
                self._longest = max(self._longest, self._clock() - self._since)
                self._since = None

    def require_short(self, limit: float) -> None:
        """Make sure that the store worked nearly all the time; a moment's refusal is let be.

        Args:
            limit: seconds that there were.

        Raises:
            StoreUnavailable: it did not, so that what was not found may be there.
        """
        if self._longest > min(_TOLERATED, _TOLERATED_SHARE * limit):
            raise StoreUnavailable(
                f"the store did not work for {self._longest:.1f} s of the time for files: what it "
                f"did not find in the rest of the {limit:g} s may be there"
            )
