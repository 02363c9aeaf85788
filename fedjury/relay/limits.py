"""How often one address or one client may ask, in memory that is bounded."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable

from fedjury.relay.refusals import Refusal, Refused

MOST_KEYS = 100_000
_IPV6_NETWORK = 64  # bits that one subscriber is usually given


class RateLimit:
    """A bucket of requests for each key, which fills again by and by.

    At most so many keys are remembered; the one that asked longest ago is forgotten first, and
    then has a full bucket again.

    Args:
        per_second: how fast a bucket fills; 0 for no limit.
        burst: how many requests a full bucket holds.
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

    def require(self, key: str) -> None:
        """Make sure that a key has a request left, without taking it.

        Raises:
            Refused: it has none; says when it will have one.
        """
        if self._per_second == 0:
            return
        left = self._left(key)
        if left < 1:
            wait = (1 - left) / self._per_second
            raise Refused(Refusal.TOO_MANY, f"too many requests: wait {wait:.1f} s", wait)

    def take(self, key: str) -> None:
        """Take one of a key's requests, whether or not one is left."""
        if self._per_second == 0:
            return
        self._buckets[key] = max(0.0, self._left(key) - 1), self._clock()
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
