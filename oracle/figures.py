"""What a juror counts, for Prometheus."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import get_args

from fedjury.checks.addresses import spelled
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
    HaveFrozen,
    JurorsDiffer,
    MachineDiffers,
    PeerMisbehaved,
    PeerUnreachable,
    ProposalRefused,
    Proposed,
    SliceReceived,
    Voted,
    WrongMac,
)
from fedjury.oracle.exchange.lapse_events import FilesUnclaimed, FileUnserved, LeaderSilent
from fedjury.oracle.exchange.standing import Standing
from fedjury.oracle.exchange.traffic import Traffic
from fedjury.oracle.slice_events import SliceLeaked, SliceMissing
from fedjury.oracle.versions import Versions
from fedjury.protocol.verdicts import VerdictCode
from fedjury.runtime.events import Event, Waiting, event_name
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
    | FilesUnclaimed
    | FileUnserved
    | JurorsDiffer
    | LeaderSilent
    | PeerMisbehaved
    | PeerUnreachable
    | ProposalRefused
    | SliceReceived
    | WrongMac
)
"""What is told of one other juror each."""
_KINDS = tuple(event_name(kind) for kind in get_args(_OF_PEERS))


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
        meaning = "Seconds that getting a round's files took, for a HAVE and for judging."
        self._fetching = self.seconds("fetching_seconds", meaning, _SECONDS, "use")
        meaning = "Seconds that judging a round took once its files were there."
        self._judging = self.seconds("judging_seconds", meaning, _SECONDS)
        self._unkept = self.counter("keeping_failures", "Files that could not be kept at a time.")
        meaning = "Attempts in which more jurors than may lie saw other samples right."
        self._differs = self.counter("machine_differs", meaning)
        self._leaked = self.counter("slices_leaked", "Rounds whose samples were told too early.")
        self._released = self.counter("files_released", "Files that are kept no longer.")
        self._step = self.gauge("step", "1 for what the juror is at, 0 for all else.", "step")
        self._at("starting")
        meaning = "What was told of other jurors, by address and kind of event."
        self._peers = self.counter("peer_events", meaning, "peer", "kind")
        self._others: Callable[[], Iterable[str]] = tuple
        self._versions = Versions()
        meaning = "Requests between jurors, by way (served, asked), kind of path and answer."
        self._requests = self.counter("exchange_requests", meaning, "way", "kind", "answer")
        meaning = "Bytes of answers between jurors, by way (served, asked) and kind of path."
        self._bytes = self.counter("exchange_bytes", meaning, "way", "kind")
        self.traffic = Traffic(partial(self._count, "served"), partial(self._count, "asked"))

    def watch(
        self,
        kept: Callable[[], int],
        standing: Callable[[], Standing | None],
        grace: Callable[[], float | None],
        others: Callable[[], Iterable[str]],
    ) -> None:
        """Say how things are, whenever somebody looks.

        Args:
            kept: how many files are kept.
            standing: how far the jury is with its newest closed round.
            grace: share that is left of the grace of a round without a report.
            others: addresses of the other jurors, whose events are counted from 0 on.
        """
        self._others = others

        def of_jury(value: Callable[[Standing], float | None]) -> Callable[[], float | None]:
            def asked() -> float | None:
                found = standing()
                return None if found is None else value(found)

            return asked

        def reachable() -> Mapping[str, float]:
            found = standing()
            if found is None:
                return {}
            return {spelled(juror): answers for juror, answers in found.reachable.items()}

        def lacks() -> Mapping[str, float]:
            found = standing()
            return {} if found is None else {spelled(each): n for each, n in found.lacks.items()}

        self.ask("files_kept", "Files that are kept for audits.", kept)
        meaning = "Share of its grace that a closed round without a report has left."
        self.ask("grace_left_ratio", meaning, grace)
        meaning = "Attempt of the newest closed round, from 0: its certificate's, or the newest."
        self.ask("attempt", meaning, of_jury(lambda each: each.attempt))
        meaning = "HAVEs that are known of that round."
        self.ask("haves_known", meaning, of_jury(lambda each: each.haves))
        meaning = "Most jurors known to have signed one report on that round."
        self.ask("votes_known", meaning, of_jury(lambda each: each.votes))
        meaning = "How many jurors have to sign it."
        self.ask("votes_needed", meaning, of_jury(lambda each: each.needed))
        meaning = "1 where a quorum is known to have signed a report on that round."
        self.ask("certified", meaning, of_jury(lambda each: each.certified))
        meaning = "Jurors of that round that answered when asked last, this one among them."
        self.ask(
            "jurors_reachable", meaning, of_jury(lambda each: sum(each.reachable.values()) + 1)
        )
        meaning = "1 where another juror answered last, 0 where it did not, by address."
        self.ask_each("peer_reachable", meaning, "peer", reachable)
        meaning = "Batches and updates of that round whose files others hold, and a HAVE lacks."
        self.ask_each("peer_lacks", meaning, "peer", lacks)
        meaning = "1 for what a juror runs, this one or another, by the last that it said of it."
        self.ask_texts(
            "software_info", meaning, "juror", "software", lambda: self._versions.among(standing())
        )

    def text(self) -> bytes:
        """All figures, as Prometheus reads them.

        Of each other juror every kind of event is there, as 0 before the first: Prometheus'
        ``increase()`` knows nothing of a first value, as of what a figure begins with.
        """
        for juror in self._others():
            for kind in _KINDS:
                self._peers.labels(spelled(juror), kind)
        return super().text()

    def event(self, event: Event) -> None:
        """Listen to what the juror tells."""
        super().event(event)
        for step, kinds in _STEPS.items():
            if isinstance(event, kinds):
                self._at(step)
        if isinstance(event, _OF_PEERS):
            self._of_peer(event)
        match event:
            case HaveFrozen():
                self._fetching.labels("have").observe(event.seconds)
            case RoundJudged():
                self._judged.inc()
                self._fetching.labels("judging").observe(event.fetching)
                self._judging.observe(event.seconds - event.fetching)
            case UpdateJudged():
                self._verdicts.labels(event.code).inc()
            case BatchUnread():
                self._verdicts.labels(event.code).inc(event.updates)
            case RoundFinalized():
                self._sent.inc()
            case MachineDiffers():
                self._differs.inc()
            case SliceLeaked():
                self._leaked.inc()
            case KeepingFailed():
                self._unkept.inc()
            case FilesReleased():
                self._released.inc(event.files)

    def _of_peer(self, event: _OF_PEERS) -> None:
        self._peers.labels(event.juror, event.name).inc()
        if isinstance(event, JurorsDiffer):
            self._versions.hear(event.juror, event.other_software)

    def _count(self, way: str, kind: str, answer: str, size: int) -> None:
        self._requests.labels(way, kind, answer).inc()
        self._bytes.labels(way, kind).inc(size)

    def _at(self, step: str) -> None:
        for each in _STEPS:
            self._step.labels(each).set(each == step)
