"""How much one address or one client may ask for, in memory that is bounded."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable

MOST_KEYS = 100_000
_IPV6_NETWORK = 64  # bits that one subscriber is usually given


class RateLimit:
    """A bucket of requests, or of bytes, for each key, which fills again by and by.

    At most so many keys are remembered; the one that asked longest ago is forgotten first, and
    then has a full bucket again.

    Args:
        per_second: how fast a bucket fills; 0 for no limit.
        burst: how many a full bucket holds.
        most_keys: how many keys are remembered.
        clock: seconds that only ever grow.
    """

    def __init__(
        self,
        per_second: float,
        burst: int,
        most_keys: int = MOST_KEYS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_second, self._burst = per_second, burst
        self._most_keys, self._clock = most_keys, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def wait(self, key: str) -> float:
        """Seconds until a key has one left, which stays its own; 0.0 where it has one now."""
        if self._per_second == 0:
            return 0.0
        return max(0.0, (1 - self._left(key)) / self._per_second)

    def take(self, key: str, amount: float = 1.0) -> None:
        """Take so many of a key's, whether or not they are left.

        Args:
            key: whose.
            amount: what is not left of it has to fill in first, but never more than a bucket.
        """
        if self._per_second == 0:
            return
        left = max(-float(self._burst), self._left(key) - amount)
        self._buckets[key] = left, self._clock()
        self._buckets.move_to_end(key)
        while len(self._buckets) > self._most_keys:
            self._buckets.popitem(last=False)

    def _left(self, key: str) -> float:
        left, seen = self._buckets.get(key, (float(self._burst), self._clock()))
        return min(float(self._burst), left + (self._clock() - seen) * self._per_second)


def address_key(address: str) -> str | None:
    """What a peer's address is counted as; None where it is this machine's own, without limit.

    Of an IPv6 address the first 64 bits count: whoever has one has all of them.
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            network = ipaddress.ip_network((parsed, _IPV6_NETWORK), strict=False)
            return None if parsed.is_loopback else str(network)
        parsed = parsed.ipv4_mapped
    return None if parsed.is_loopback else str(parsed)


def forwarded_address(lines: Iterable[str]) -> str | None:
    """The address that the nearest proxy names: the last one of all ``X-Forwarded-For`` lines.

    What stands before it may be anybody's own words. HTTP makes several lines of a header one.

    Args:
        lines: values of that header, in the order in which they came.

    Returns:
        The address; None where that is no IP address.
    """
    last = ",".join(lines).rpartition(",")[2].strip()
    try:
        return str(ipaddress.ip_address(last.partition("%")[0]))
    except ValueError:
        return None
