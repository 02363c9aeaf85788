"""What a juror tells of the task's verification slices."""

from dataclasses import dataclass

from fedjury.checks.counts import counted, numbered
from fedjury.runtime.events import Event, RoundEvent, Severity

_REASONS = 3  # that a sentence names


@dataclass(frozen=True, kw_only=True)
class SlicesFound(Event):
    """The juror starts, and has sample files of the task's slices.

    Attributes:
        slices: numbers of the slices that are here, ascending.
        missing: numbers of those that are not, ascending.
        passed_over: sentences on sample files that are damaged, or none of this task.
        others_give: whether other jurors are asked for what is missing, round by round.
    """

    slices: list[int]
    missing: list[int]
    passed_over: list[str]
    others_give: bool = False

    @property
    def sentence(self) -> str:
        more = len(self.passed_over) - _REASONS
        reasons = [*self.passed_over[:_REASONS], *([f"{more} more"] if more > 0 else [])]
        given = "; other jurors give each round's" if self.missing and self.others_give else ""
        passed_over = f"; passed over: {'; '.join(reasons)}" if reasons else ""
        return self._here + given + passed_over

    @property
    def _here(self) -> str:
        total = len(self.slices) + len(self.missing)
        if not self.slices:
            return f"has none of {counted(total, 'slice')}"
        if self.missing:
            words = numbered(self.slices, "slice")
            return f"has {words} of {total} and lacks {numbered(self.missing, 'slice')}"
        return f"has all {total} slices" if total > 1 else "has slice 1"


@dataclass(frozen=True, kw_only=True)
class SlicesAmiss(SlicesFound):
    """The juror starts, and lacks slices of the task, or has a file that is named as one of them
    and is none."""

    severity = Severity.WARNING


@dataclass(frozen=True, kw_only=True)
class SliceMissing(RoundEvent):
    """The juror lacks the samples that a round is judged on, and waits.

    Attributes:
        slice: number of the slice.
        commitment: to it, as the spec says it.
        others_asked: whether other jurors were asked for it, and will be again.
    """

    severity = Severity.WARNING
    slice: int
    commitment: str
    others_asked: bool = False

    @property
    def what(self) -> str:
        asked = ", and no other juror gives it now" if self.others_asked else ""
        again = "asks them again; or " if self.others_asked else ""
        return (
            f"not judged, as no sample file here is slice {self.slice} ({self.commitment}){asked}: "
            f"{again}put it where the others are, or start again with --verification naming it"
        )


@dataclass(frozen=True, kw_only=True)
class SliceLeaked(RoundEvent):
    """A round's samples were told before it closed: the juror does not sign.

    Attributes:
        slice: number of the slice.
        discloser: who told of them on chain.
        block: where that stands.
    """

    severity = Severity.WARNING
    slice: int
    discloser: str
    block: int

    @property
    def what(self) -> str:
        return (
            f"not signed, as {self.discloser} told where slice {self.slice} is, in block "
            f"{self.block}, before the round closed: the coordinator has to void it"
        )


@dataclass(frozen=True, kw_only=True)
class SliceDisclosed(Event):
    """The juror told on chain where a slice's samples are.

    Attributes:
        slice: number of the slice.
        cid: of its file.
    """

    slice: int
    cid: str
    block: int
    gas: int
    transaction: str

    @property
    def sentence(self) -> str:
        return f"slice {self.slice} disclosed as {self.cid} in block {self.block}, {self.gas} gas"


@dataclass(frozen=True, kw_only=True)
class SlicesNotDisclosed(Event):
    """Slices are to be disclosed, nobody told of them on chain, and the juror lacks their files.

    Attributes:
        slices: their numbers, ascending.
    """

    severity = Severity.WARNING
    slices: list[int]

    @property
    def sentence(self) -> str:
        return (
            f"{numbered(self.slices, 'slice')} to be disclosed: nobody told of it on chain, and no "
            "sample file of it is here. Until a juror that has the file runs the oracle, no audit "
            "can derive the verdicts that rest on it"
        )
