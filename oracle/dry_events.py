"""What a dry run of a juror tells."""

from dataclasses import dataclass

from fedjury.checks.counts import counted
from fedjury.runtime.events import Event, RoundEvent, Severity


@dataclass(frozen=True, kw_only=True)
class DryRunStarted(Event):
    """A juror's dry run is ready: it reads chain and store, and judges.

    Attributes:
        task: the task's name.
    """

    task: str

    @property
    def sentence(self) -> str:
        return f"dry run of a juror of {self.task}: nothing is signed, sent or stored"


@dataclass(frozen=True, kw_only=True)
class DryReport(RoundEvent):
    """What a juror would report of a round, by the files that it has.

    Attributes:
        model: CID of the new model.
        record: CID of the round record; None in a jury of several until its report names what the
            jurors hold, which stands in the record.
        verdicts: number of updates by the verdict's name.
    """

    model: str
    record: str | None
    verdicts: dict[str, int]

    @property
    def what(self) -> str:
        codes = ", ".join(f"{count} {code}" for code, count in self.verdicts.items())
        record = f", record {self.record}" if self.record else ""
        return f"would report {codes}; model {self.model}{record}"


@dataclass(frozen=True, kw_only=True)
class DryCompared(RoundEvent):
    """What the jury finalized was held against what is derived here, by the same files.

    Attributes:
        model, record: CIDs, as the jury's report names them.
        differences: sentences naming both sides; none where all is the same.
        foreseen_otherwise: number of updates of which another verdict was told before, as the jury
            had other files.
    """

    model: str
    record: str
    differences: list[str]
    foreseen_otherwise: int

    @property
    def what(self) -> str:
        words = "the jury finalized the same, byte for byte"
        return words + self._files

    @property
    def _files(self) -> str:
        if not self.foreseen_otherwise:
            return ""
        updates = counted(self.foreseen_otherwise, "update")
        return f"; of {updates} the jury had other files than this machine"


@dataclass(frozen=True, kw_only=True)
class DryDiffers(DryCompared):
    """What the jury finalized is not what is derived here, by the same files."""

    severity = Severity.ERROR

    @property
    def what(self) -> str:
        return f"the jury finalized something else: {'; '.join(self.differences)}{self._files}"


@dataclass(frozen=True, kw_only=True)
class DryNotCompared(RoundEvent):
    """A round is over, and what became of it cannot be derived here.

    Attributes:
        reason: why.
    """

    reason: str

    @property
    def what(self) -> str:
        return f"not compared: {self.reason}"
