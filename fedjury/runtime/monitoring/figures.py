"""What a daemon counts, for Prometheus; in a registry of its own."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from fedjury.runtime.events import Event, TransientFailure

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
HEALTHY = "1 where /healthz is 200, 0 where it is 503."


class Figures:
    """The counters and gauges of one daemon.

    None of them may hold what only a juror knows: counts of its samples that are right, what a
    count has to beat, losses. What is counted is on chain in the end, or is the daemon's own.

    Args:
        role: ``juror``, ``client`` or ``relay``; all names begin with ``fedjury_<role>_``.
    """

    def __init__(self, role: str) -> None:
        self._prefix, self._registry = f"fedjury_{role}_", CollectorRegistry()
        self._failures = self.counter("failures", "Transient failures, by class of error.", "error")

    def event(self, event: Event) -> None:
        """Listen to what the daemon tells."""
        if isinstance(event, TransientFailure):
            self._failures.labels(event.error).inc()

    def text(self) -> bytes:
        """All figures, as Prometheus reads them."""
        return generate_latest(self._registry)

    def counter(self, name: str, meaning: str, *labels: str) -> Counter:
        """What only grows; its name gets ``_total``."""
        return Counter(self._prefix + name, meaning, labels, registry=self._registry)

    def gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        """What goes up and down, and is set."""
        return Gauge(self._prefix + name, meaning, labels, registry=self._registry)

    def ask(self, name: str, meaning: str, value: Callable[[], float | None]) -> None:
        """A gauge whose value is asked for when somebody looks; NaN where it is not known."""

        def known() -> float:
            found = value()
            return float("nan") if found is None else float(found)

        self.gauge(name, meaning).set_function(known)

    def ask_each(
        self, name: str, meaning: str, label: str, values: Callable[[], Mapping[str, float]]
    ) -> None:
        """A gauge of what there is when somebody looks, by a label."""

        def rows() -> Mapping[tuple[str, ...], float]:
            return {(label,): float(value) for label, value in values().items()}

        self._registry.register(_Each(self._prefix + name, meaning, (label,), rows))

    def ask_texts(
        self,
        name: str,
        meaning: str,
        label: str,
        text: str,
        values: Callable[[], Mapping[str, str]],
    ) -> None:
        """A gauge of 1 for each text that there is when somebody looks.

        Args:
            name, meaning: of the gauge.
            label: that a text is found by.
            text: label that holds it.
            values: texts by that label; few, and short whoever said them.
        """

        def rows() -> Mapping[tuple[str, ...], float]:
            return dict.fromkeys(values().items(), 1.0)

        self._registry.register(_Each(self._prefix + name, meaning, (label, text), rows))

    def seconds(self, name: str, meaning: str, buckets: Sequence[float], *labels: str) -> Histogram:
        """How long something took."""
        return Histogram(
            self._prefix + name, meaning, labels, registry=self._registry, buckets=buckets
        )


class _Each(Collector):
    """A gauge with labels, whose values are asked for."""

    def __init__(
        self,
        name: str,
        meaning: str,
        labels: Sequence[str],
        values: Callable[[], Mapping[tuple[str, ...], float]],
    ) -> None:
        self._name, self._meaning, self._labels, self._values = name, meaning, labels, values

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """As Prometheus reads it."""
        family = GaugeMetricFamily(self._name, self._meaning, labels=self._labels)
        for labels, value in self._values().items():
            family.add_metric(labels, value)
        yield family
