"""What a juror tells of how it and the others reach each other."""

from dataclasses import dataclass

from fedjury.checks.counts import counted
from fedjury.oracle.exchange.naming import NamesJurors
from fedjury.runtime.events import Event, RoundEvent, Severity


@dataclass(frozen=True, kw_only=True)
class ServingPeers(Event):
    """The juror answers the other jurors.

    Attributes:
        url: where, as this machine knows it.
        announced: where the others are told that it is.
    """

    url: str
    announced: str

    @property
    def sentence(self) -> str:
        return f"answers other jurors at {self.url}, announced as {self.announced}"


@dataclass(frozen=True, kw_only=True)
class PeerFound(NamesJurors, Event):
    """Another juror is reached at a URL for the first time, or at another one than before.

    Attributes:
        juror: address.
        url: where.
    """

    juror: str
    url: str

    @property
    def sentence(self) -> str:
        return f"juror {self.juror} is at {self.url}"


@dataclass(frozen=True, kw_only=True)
class PeerClockDiffers(NamesJurors, Event):
    """A juror's clock and this machine's differ by more than a request may be off: requests to it
    are dated by its clock.

    Attributes:
        juror: address.
        seconds: that its clock shows more than this machine's.
    """

    severity = Severity.WARNING
    juror: str
    seconds: int

    @property
    def sentence(self) -> str:
        way = "ahead of" if self.seconds > 0 else "behind"
        return (
            f"the clock of juror {self.juror} is {abs(self.seconds)} s {way} this machine's: one "
            "of the two is wrong"
        )


@dataclass(frozen=True, kw_only=True)
class SeedUnusable(NamesJurors, Event):
    """A URL that was given by ``--peer`` leads to no juror now; it is tried again.

    Attributes:
        url: as given.
        reason: why.
    """

    severity = Severity.WARNING
    url: str
    reason: str

    @property
    def sentence(self) -> str:
        return f"--peer {self.url} leads to no juror of this task now: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class AnnouncementsNotKept(Event):
    """Where jurors are cannot be written to disk; it is known as long as the daemon runs.

    Attributes:
        reason: why.
    """

    severity = Severity.WARNING
    reason: str

    @property
    def sentence(self) -> str:
        return f"cannot keep where jurors are: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class HearingFailed(NamesJurors, Event):
    """What the other jurors say cannot be taken up now; it is asked for again.

    Attributes:
        juror: address of whom was asked; None where it was not about a single one.
        reason: why.
    """

    severity = Severity.WARNING
    juror: str | None = None
    reason: str

    @property
    def sentence(self) -> str:
        whom = f"juror {self.juror} says" if self.juror else "the other jurors say"
        return f"cannot take up what {whom}, and asks again: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class TooFewJurors(RoundEvent):
    """Fewer jurors answer than have to sign: a closed round ends only once more of them do.

    Attributes:
        answering: how many do, this one among them.
        size: of the jury.
        needed: how many have to sign.
        reason: what this juror waits for.
    """

    severity = Severity.WARNING
    answering: int
    size: int
    needed: int
    reason: str

    @property
    def what(self) -> str:
        return (
            f"{self.reason}. {self.answering} of {counted(self.size, 'juror')} "
            f"{'answers' if self.answering == 1 else 'answer'}, this one among them, and "
            f"{self.needed} have to sign: no report until more of them do"
        )
