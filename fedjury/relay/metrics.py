"""What a relay counts, for Prometheus."""

from collections.abc import Callable

from fedjury.chain.transactions.funds import ETHER
from fedjury.relay.events import BatchDropped, BatchPosted, BatchUnavailable, UpdatesLeft
from fedjury.relay.refusals import Refusal
from fedjury.runtime.events import Event
from fedjury.runtime.monitoring.figures import HEALTHY, Figures

_SECONDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


class Metrics(Figures):
    """The counters and gauges of one relay."""

    def __init__(self) -> None:
        super().__init__("relay")
        self._accepted = self.counter("updates_accepted", "Receipts given, repeated ones too.")
        self._refused = self.counter("refused", "Requests that were refused.", "reason")
        for reason in Refusal:
            self._refused.labels(reason.value)
        self._posted = self.counter("updates_posted", "Updates in batches that stand on chain.")
        self._batches = self.counter("batches_posted", "Batches that stand on chain.")
        self._lost = self.counter("updates_lost", "Updates with a receipt that are not posted.")
        self._seconds = self.seconds(
            "request_seconds", "Seconds that a request took.", _SECONDS, "route"
        )

    def watch(
        self,
        queued: Callable[[], float],
        height: Callable[[], float | None],
        balance: Callable[[], int | None],
        trouble: Callable[[], str] = str,
    ) -> None:
        """Say where figures come from that are asked for when somebody looks.

        Args:
            queued: how many updates of the round wait.
            height: number of the newest block; None where none was seen yet.
            balance: of the account, in wei; None where it is not known yet.
            trouble: what is wrong with the relay; "" where nothing is.
        """

        def ether() -> float | None:
            wei = balance()
            return None if wei is None else wei / ETHER

        self.ask("updates_queued", "Updates of the round that wait.", queued)
        self.ask("chain_height", "Number of the newest block that was seen.", height)
        self.ask("balance_ether", "Balance of the account.", ether)
        self.ask("healthy", HEALTHY, lambda: not trouble())

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
        super().event(event)
        if isinstance(event, BatchPosted):
            self._batches.inc()
            self._posted.inc(event.count)
        elif isinstance(event, BatchDropped | BatchUnavailable | UpdatesLeft):
            self._lost.inc(event.count)
