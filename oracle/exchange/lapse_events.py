"""What a juror tells of others who do not do their part: its word, and no proof to anybody."""

from dataclasses import dataclass

from fedjury.checks.counts import counted
from fedjury.oracle.exchange.naming import NamesJurors
from fedjury.runtime.events import RoundEvent, Severity


@dataclass(frozen=True, kw_only=True)
class FileUnserved(NamesJurors, RoundEvent):
    """A juror has said that it holds a file, and refuses it or gives something else; told once a
    round of each juror, of the first such file. A juror that does not answer is told of as
    `peer-unreachable`.

    Attributes:
        juror: address.
        cid: of the file.
        reason: in a sentence.
    """

    severity = Severity.WARNING
    juror: str
    cid: str
    reason: str

    @property
    def what(self) -> str:
        return f"{self.juror} does not give {self.cid}, which it says it holds: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class FilesUnclaimed(NamesJurors, RoundEvent):
    """A juror's HAVE lacks what more jurors than may lie say they hold; told once a round of each
    juror. It hides files, or could not get them in time: that is no proof.

    Attributes:
        juror: address.
        updates: how many updates' files it does not claim.
        batches: how many batches' files it does not claim.
    """

    severity = Severity.WARNING
    juror: str
    updates: int
    batches: int

    @property
    def what(self) -> str:
        lacking = f"{counted(self.updates, 'update')} and {counted(self.batches, 'batch')}"
        return f"{self.juror} does not claim the files of {lacking}, which others hold"


@dataclass(frozen=True, kw_only=True)
class LeaderSilent(NamesJurors, RoundEvent):
    """The time of an attempt is over, and its leader, who answers and could have known enough
    HAVEs, made no proposal that is known; told once an attempt.

    Attributes:
        attempt: number.
        juror: who leads it.
    """

    severity = Severity.WARNING
    attempt: int
    juror: str

    @property
    def what(self) -> str:
        return f"{self.juror} made no proposal in attempt {self.attempt}, whose time is over"
