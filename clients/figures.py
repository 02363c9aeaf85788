"""What a client counts, for Prometheus."""

from fedjury.clients.events import (
    FileLost,
    NotSubmitted,
    RoundVoided,
    Trained,
    TrainingFailed,
    UpdatePublished,
    UpdateSubmitted,
    VerdictReceived,
)
from fedjury.clients.relay_events import (
    CannotSubmitAlone,
    FallsBack,
    FoundInBatch,
    HandedToRelay,
    NotInABatch,
    RelayFailing,
)
from fedjury.protocol.verdicts import VerdictCode
from fedjury.runtime.events import Event
from fedjury.runtime.monitoring.figures import Figures

_SECONDS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0, 10_000.0)
_COUNTED: dict[str, tuple[str, type[Event]]] = {
    "updates_trained": ("Rounds trained for.", Trained),
    "training_failures": ("Rounds in which training gave nothing.", TrainingFailed),
    "updates_submitted": ("Updates that the client submitted itself.", UpdateSubmitted),
    "updates_refused": ("Updates that the contract refused.", NotSubmitted),
    "updates_handed": ("Receipts that relays gave for updates.", HandedToRelay),
    "updates_batched": ("Updates found in a relay's batch.", FoundInBatch),
    "updates_published": ("Files published.", UpdatePublished),
    "files_lost": ("Submitted updates whose files are gone.", FileLost),
    "relay_failures": ("Times that a relay was of no use.", RelayFailing),
    "fallbacks": ("Updates that no batch held, to be submitted alone.", FallsBack),
    "unpayable": ("Updates that the account could not pay for alone.", CannotSubmitAlone),
    "updates_left_out": ("Updates in no batch by the end of their round.", NotInABatch),
    "rounds_voided": ("Rounds that ended without a report.", RoundVoided),
}
"""By name, after ``fedjury_client_``: what it means, and what is counted."""


class ClientFigures(Figures):
    """The counters and gauges of one client.

    What a client trained on, its weights and its losses are in none of them; nor are the counts
    that some tasks' records tell.
    """

    def __init__(self) -> None:
        super().__init__("client")
        self._of = {kind: self.counter(name, meaning) for name, (meaning, kind) in _COUNTED.items()}
        self._verdicts = self.counter("verdicts", "Verdicts on this client, by code.", "code")
        for code in VerdictCode:
            self._verdicts.labels(code.label)
        self._seconds = self.seconds("training_seconds", "Seconds that training took.", _SECONDS)

    def event(self, event: Event) -> None:
        """Listen to what the client tells."""
        super().event(event)
        if (counter := self._of.get(type(event))) is not None:
            counter.inc()
        if isinstance(event, Trained):
            self._seconds.observe(event.seconds)
        elif isinstance(event, VerdictReceived):
            self._verdicts.labels(event.code).inc()
