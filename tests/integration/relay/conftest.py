"""A relay's HTTP server around parts on a fake contract."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from fedjury.relay.health import RelayHealth
from fedjury.relay.metrics import Metrics
from fedjury.relay.server import Limits, Server
from fedjury.runtime.http.connections import Connections
from fedjury.runtime.http.limits import RateLimit
from fedjury.runtime.http.proxies import Proxies
from fedjury.runtime.http.thread import HttpThread
from tests.support.relay_parts import RelayParts, relayed_federation

UNLIMITED = RateLimit(0, 0)


class Served:
    """A relay that is served over HTTP.

    Attributes:
        parts: of the relay; its cycles are the test's to run.
        url: where it is.
        server: that answers.
        metrics: what it counts.
        health: of the relay.
    """

    def __init__(self, parts: RelayParts, limits: Limits, connections: Any) -> None:
        self.parts, self.metrics = parts, Metrics()
        self.metrics.watch(lambda: 0, lambda: 0, lambda: None)
        self.health = RelayHealth(parts.purse, parts.shelf, parts.window)
        self.server = Server(
            parts.intake, parts.files, lambda: {"open": True}, self.health, self.metrics, limits
        )
        self.thread = HttpThread(self.server, "127.0.0.1", 0, connections)
        self.url = ""

    def place(self) -> tuple[str, int]:
        """Host and port."""
        return "127.0.0.1", int(self.url.rpartition(":")[2])


Serve = Callable[..., Served]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts a server with these limits."""
    with ExitStack() as stack:

        def begin(
            *,
            of_addresses: RateLimit = UNLIMITED,
            of_clients: RateLimit = UNLIMITED,
            proxies: tuple[str, ...] = (),
            body_seconds: float = 10.0,
            **connections: Any,
        ) -> Served:
            federation, account = relayed_federation(tmp_path)
            parts = RelayParts(tmp_path, federation, account)
            stack.callback(parts.close)
            parts.cycle()
            limits = Limits(of_addresses, of_clients, Proxies(proxies), body_seconds)
            served = Served(parts, limits, partial(Connections, **connections))
            served.url = stack.enter_context(served.thread).url
            return served

        yield begin
