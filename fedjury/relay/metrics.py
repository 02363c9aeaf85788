"""What a relay counts, for Prometheus; in a registry of its own."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from fedjury.chain.transactions.funds import ETHER
from fedjury.relay.events import BatchDropped, BatchPosted, BatchUnavailable, UpdatesLeft
from fedjury.relay.refusals import Refusal
from fedjury.runtime.events import Event, TransientFailure

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


class Metrics:
    """The counters and gauges of one relay."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._accepted = self._counter("updates_accepted", "Receipts given, repeated ones too.")
        self._refused = Counter(
            "fedjury_relay_refused",
            "Requests that were refused.",
            ["reason"],
            registry=self._registry,
        )
        for reason in Refusal:
            self._refused.labels(reason.value)
        self._posted = self._counter("updates_posted", "Updates in batches that stand on chain.")
        self._batches = self._counter("batches_posted", "Batches that stand on chain.")
        self._lost = self._counter("updates_lost", "Updates with a receipt that are not posted.")
        self._failures = self._counter("failures", "Transient failures of chain, store or fees.")
        self._seconds = Histogram(
            "fedjury_relay_request_seconds",
            "Seconds that a request took.",
            ["route"],
            registry=self._registry,
            buckets=_SECONDS,
        )

    def watch(
        self,
        queued: Callable[[], float],
        height: Callable[[], float],
        balance: Callable[[], int | None],
    ) -> None:
        """Say where figures come from that are asked for when somebody looks.

        Args:
            queued: how many updates of the round wait.
            height: number of the newest block.
            balance: of the account, in wei; None where it is not known yet.
        """
        self._gauge("updates_queued", "Updates of the round that wait.", queued)
        self._gauge("chain_height", "Number of the newest block that was seen.", height)
        self._gauge("balance_ether", "Balance of the account.", lambda: (balance() or 0) / ETHER)

    def accepted(self) -> None:
        """A receipt was given."""
        self._accepted.inc()

    def refused(self, reason: Refusal) -> None:
        """A request was refused."""
        self._refused.labels(reason.value).inc()

    def took(self, route: str, seconds: float) -> None:
        """A request was answered.

        Args:
            route: one of a few, whatever was asked for.
            seconds: that it took.
        """
        self._seconds.labels(route).observe(seconds)

    def event(self, event: Event) -> None:
        """Listen to what the relay tells."""
        if isinstance(event, BatchPosted):
            self._batches.inc()
            self._posted.inc(event.count)
        elif isinstance(event, BatchDropped | BatchUnavailable | UpdatesLeft):
            self._lost.inc(event.count)
        elif isinstance(event, TransientFailure):
            self._failures.inc()

    def text(self) -> bytes:
        """All figures, as Prometheus reads them."""
        return generate_latest(self._registry)

    def _counter(self, name: str, meaning: str) -> Counter:
        return Counter(f"fedjury_relay_{name}", meaning, registry=self._registry)

    def _gauge(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        gauge = Gauge(f"fedjury_relay_{name}", meaning, registry=self._registry)
        gauge.set_function(value)
