"""For how long a store did not work, as far as requests show it."""

import threading

from fedjury.errors import StoreUnavailable

_TOLERATED = 5.0  # seconds
_TOLERATED_SHARE = 0.1  # of the limit, where that is less


class Outages:
    """Remembers the longest time from a request that failed to the next one that worked.

    A store that answers that it does not have a file works.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since: float | None = None
        self._longest = 0.0

    def failed(self, began: float) -> None:
        """The store did not work for a request that began then, in seconds that only ever grow."""
        with self._lock:
            self._since = began if self._since is None else min(self._since, began)

    def worked(self, began: float) -> None:
        """The store worked for a request that began then."""
        with self._lock:
            if self._since is not None and began >= self._since:
                self._longest = max(self._longest, began - self._since)
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
