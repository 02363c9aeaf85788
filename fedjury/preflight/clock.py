"""This machine's clock, against the newest block and against other machines."""

from collections.abc import Iterator

from fedjury.chain.rpc.pace import block_interval
from fedjury.errors import ConfigError
from fedjury.preflight.bench import Bench
from fedjury.preflight.finding import CannotCheck, Finding, ok, problem, warning
from fedjury.runtime.endpoint import Endpoint, parse_endpoint

CLOCK, MACHINES = "clock and chain", "clock and other machines"
AHEAD = 15.0
"""Seconds that a block's time may lie ahead of a right clock: what nodes let pass."""
OFF = 3.0
"""Seconds by which machines may differ; a Date is told in whole seconds."""
FAR_OFF = 30.0
"""Seconds from which on a clock is wrong enough to miss what is due."""
STILL = 60.0
"""Seconds after which a chain stands still, if not even 10 blocks are due in them."""
_LATE_BLOCKS = 10
_SET = "have the machine's clock set, as by NTP"


def check_block_time(bench: Bench) -> Iterator[Finding]:
    """The newest block is about now."""
    chain = bench.chain.need()
    now, stamp = bench.subject.reach.now(), chain.block()
    age = now - stamp.timestamp
    if age < -AHEAD:
        found = f"the newest block is {-age:.0f} s ahead of this machine's clock"
        yield problem(CLOCK, found, f"{_SET}; on a development chain, start it anew")
        return
    interval = block_interval(chain)
    if interval is None:
        found = f"the newest block is {max(0.0, age):.0f} s old, on a chain that keeps no pace"
        yield ok(CLOCK, found)
    elif age > max(STILL, _LATE_BLOCKS * interval):
        found = f"the newest block is {age:.0f} s old, though one comes every {interval:g} s"
        yield problem(CLOCK, found, f"the chain or the node stands still; or else {_SET}")
    else:
        yield ok(CLOCK, f"the newest block is {max(0.0, age):.0f} s old, one every {interval:g} s")


def check_other_clocks(bench: Bench) -> Iterator[Finding]:
    """Machines that are asked over HTTP have the same time."""
    offsets: dict[str, float] = {}
    for endpoint in _endpoints(bench):
        before = bench.subject.reach.now()
        date = bench.subject.reach.date_of(endpoint)
        if date is not None:
            # a Date's part of a second is cut off, which half a second makes up for
            middle = (before + bench.subject.reach.now()) / 2
            offsets[endpoint.shown] = middle - (date + 0.5)
    if not offsets:
        raise CannotCheck("no service that is asked over HTTP tells its time")
    name, off = max(offsets.items(), key=lambda each: abs(each[1]))
    way = "ahead of" if off > 0 else "behind"
    found = f"this machine is {abs(off):.0f} s {way} {name}"
    if abs(off) <= OFF:
        yield ok(MACHINES, f"no more than {OFF:g} s away from {', '.join(offsets)}")
    elif abs(off) <= FAR_OFF:
        yield warning(MACHINES, found, _SET)
    else:
        yield problem(MACHINES, found, f"{_SET}, here or there")


def _endpoints(bench: Bench) -> Iterator[Endpoint]:
    """All that are asked over HTTP, each machine once."""
    seen: set[str] = set()
    place, own = bench.subject.place, bench.subject.own
    for url in (*place.rpcs, *place.stores, *own.relays):
        try:
            endpoint = parse_endpoint(url, "an endpoint")
        except ConfigError:
            continue  # a directory, a multiaddr, or the chain in this process
        if endpoint.shown not in seen:
            seen.add(endpoint.shown)
            yield endpoint
