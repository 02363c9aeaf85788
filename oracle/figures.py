"""What a juror counts, for Prometheus."""

from collections.abc import Callable

from fedjury.oracle.events import (
    BatchUnread,
    FilesReleased,
    Judging,
    KeepingFailed,
    RosterRefused,
    RoundFinalized,
    RoundJudged,
    UpdateJudged,
)
from fedjury.oracle.exchange.events import (
    CertificateKnown,
    Equivocation,
    FileUnserved,
    HaveFrozen,
    JurorsDiffer,
    PeerMisbehaved,
    PeerReached,
    PeerUnreachable,
    ProposalRefused,
    Proposed,
    SliceReceived,
    Voted,
    WrongMac,
)
from fedjury.oracle.slice_events import SliceLeaked, SliceMissing
from fedjury.protocol.verdicts import VerdictCode
from fedjury.runtime.events import Event, Waiting
from fedjury.runtime.monitoring.figures import Figures

_SECONDS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0, 10_000.0)
_STEPS: dict[str, tuple[type[Event], ...]] = {
    "starting": (),
    "waiting": (Waiting,),
    "abstaining": (SliceMissing, SliceLeaked, RosterRefused),
    "judging": (Judging,),
    "judged": (RoundJudged,),
    "claimed": (HaveFrozen,),
    "proposed": (Proposed,),
    "voted": (Voted,),
    "certified": (CertificateKnown,),
    "finalized": (RoundFinalized,),
}
"""What a juror is at, by what it told last."""
_OF_PEERS = (
    Equivocation
    | FileUnserved
    | JurorsDiffer
    | PeerMisbehaved
    | PeerUnreachable
    | ProposalRefused
    | SliceReceived
    | WrongMac
)
"""What is told of one other juror each."""


class JurorFigures(Figures):
    """The counters and gauges of one juror.

    What it knows of its samples is in none of them: of `UpdateJudged` and `RoundJudged` the counts
    are left out, and what is left stands on chain with the round's report.
    """

    def __init__(self) -> None:
        super().__init__("juror")
        self._judged = self.counter("rounds_judged", "Rounds that this juror judged.")
        self._sent = self.counter("rounds_finalized", "Reports that this juror sent.")
        self._verdicts = self.counter("updates_judged", "Updates judged, by verdict.", "code")
        for code in VerdictCode:
            self._verdicts.labels(code.label)
        meaning = "Seconds that fetching and judging a round took."
        self._seconds = self.seconds("judging_seconds", meaning, _SECONDS)
        self._unkept = self.counter("keeping_failures", "Files that could not be kept at a time.")
        self._released = self.counter("files_released", "Files that are kept no longer.")
        self._step = self.gauge("step", "1 for what the juror is at, 0 for all else.", "step")
        self._at("starting")
        meaning = "What was told of other jurors, by address and kind of event."
        self._peers = self.counter("peer_events", meaning, "peer", "kind")
        meaning = "1 where another juror answered last, 0 where it did not, by address."
        self._reachable = self.gauge("peer_reachable", meaning, "peer")

    def watch(self, kept: Callable[[], int]) -> None:
        """Say how many files are kept, whenever somebody looks."""
        self.ask("files_kept", "Files that are kept for audits.", kept)

    def event(self, event: Event) -> None:
        """Listen to what the juror tells."""
        super().event(event)
        for step, kinds in _STEPS.items():
            if isinstance(event, kinds):
                self._at(step)
        if isinstance(event, _OF_PEERS):
            self._peers.labels(event.juror, event.name).inc()
        if isinstance(event, PeerReached | PeerUnreachable):
            self._reachable.labels(event.juror).set(isinstance(event, PeerReached))
        match event:
            case RoundJudged():
                self._judged.inc()
                self._seconds.observe(event.seconds)
            case UpdateJudged():
                self._verdicts.labels(event.code).inc()
            case BatchUnread():
                self._verdicts.labels(event.code).inc(event.updates)
            case RoundFinalized():
                self._sent.inc()
            case KeepingFailed():
                self._unkept.inc()
            case FilesReleased():
                self._released.inc(event.files)

    def _at(self, step: str) -> None:
        for each in _STEPS:
            self._step.labels(each).set(each == step)
