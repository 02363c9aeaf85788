"""What a juror and an audit tell."""

from dataclasses import dataclass

from fedjury.checks.counts import counted
from fedjury.runtime.events import Event, RefusedByContract, RoundEvent, Severity


@dataclass(frozen=True, kw_only=True)
class TimesMisfit(Event):
    """Confirmations do not fit into the time for a round's files.

    Attributes:
        reason: what does not fit, with the figures and the remedy.
    """

    severity = Severity.WARNING
    reason: str

    @property
    def sentence(self) -> str:
        return self.reason


@dataclass(frozen=True, kw_only=True)
class NextJuryUnknown(Event):
    """No jury is announced of the hash that the juror's reports are to name as the next one.

    Attributes:
        next_jury: the hash.
    """

    severity = Severity.WARNING
    next_jury: str

    @property
    def sentence(self) -> str:
        return (
            f"no jury of hash {self.next_jury} is announced; reports name it all the same: compare "
            "it with what `fedjury status` shows once the coordinator has announced one"
        )


@dataclass(frozen=True, kw_only=True)
class RosterRefused(RoundEvent):
    """The roster's file is not what the chain says of it: the juror abstains from the round.

    Attributes:
        reason: what differs.
    """

    severity = Severity.WARNING
    reason: str

    @property
    def what(self) -> str:
        return f"not judged, as the roster is not what the chain says of it: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class Judging(RoundEvent):
    """A closed round is taken up.

    Attributes:
        updates: how many there are, those in batches as their relayers announced them.
        batched: how many of them came in batches.
    """

    updates: int
    batched: int

    @property
    def what(self) -> str:
        words = f"judging {counted(self.updates, 'update')}"
        return f"{words}, {self.batched} of them in batches" if self.batched else words


@dataclass(frozen=True, kw_only=True)
class BatchUnread(RoundEvent):
    """A batch's file could not be had, or is none: all updates that it announces get this verdict.

    Attributes:
        relayer: who submitted it.
        cid: of its file.
        updates: how many it announces.
        code: the verdict's name.
        reason: why, in words.
    """

    severity = Severity.WARNING
    relayer: str
    cid: str
    updates: int
    code: str
    reason: str

    @property
    def what(self) -> str:
        updates = counted(self.updates, "update")
        return f"batch {self.cid} of {updates} by {self.relayer} {self.code}: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class UpdateJudged(RoundEvent):
    """One update has its verdict. Holds a count of the secret samples.

    Attributes:
        client: whose update it is.
        code: the verdict's name.
        correct: verification samples right with the update mixed in; 0 where it was not evaluated.
        reason: why, in words.
    """

    client: str
    code: str
    correct: int
    reason: str

    @property
    def what(self) -> str:
        return f"{self.client} {self.code}: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class RoundJudged(RoundEvent):
    """All updates of a round have their verdicts, and the new model is built. Holds counts of the
    secret samples.

    Attributes:
        baseline_correct: what a count has to beat: verification samples that the round's model gets
            right, or the best constant answer where that is more.
        model_correct: verification samples that the new model gets right.
        seconds: that fetching and judging took.
        fetching: how many of them fetching took.
    """

    accepted: int
    updates: int
    baseline_correct: int
    model_correct: int
    seconds: float
    fetching: float

    @property
    def what(self) -> str:
        return (
            f"{self.accepted} of {self.updates} accepted, "
            f"the model gets {self.model_correct} right, {self.baseline_correct} were to beat, "
            f"{self.seconds:.1f} s"
        )


@dataclass(frozen=True, kw_only=True)
class RoundFinalized(RoundEvent):
    """The report stands on chain."""

    block: int
    gas: int
    transaction: str

    @property
    def what(self) -> str:
        return f"finalized in block {self.block}, {self.gas} gas"


@dataclass(frozen=True, kw_only=True)
class Overtaken(RefusedByContract):
    """The contract refused the report, as the round or the task was other than expected."""

    @property
    def what(self) -> str:
        return f"not finalized now ({self.reason}); looking again"


@dataclass(frozen=True, kw_only=True)
class WakingChain(RoundEvent):
    """A chain that makes blocks only for transactions is sent one."""

    idle_seconds: float

    @property
    def what(self) -> str:
        return (
            f"no block for {self.idle_seconds:.0f} s; sending nothing to "
            "ourselves, so that the chain makes one"
        )


@dataclass(frozen=True, kw_only=True)
class KeepingFailed(Event):
    """A file that was judged, or a model, cannot be kept now; it is tried again.

    Attributes:
        cid: of the file; none where it is about all of them.
        reason: why.
    """

    severity = Severity.WARNING
    cid: str | None = None
    reason: str

    @property
    def sentence(self) -> str:
        return f"cannot keep {self.cid or 'files'} for audits now: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class FilesReleased(Event):
    """Files were not needed for as long as they are kept, and are kept no longer."""

    files: int

    @property
    def sentence(self) -> str:
        return f"{counted(self.files, 'file')} kept no longer"


@dataclass(frozen=True, kw_only=True)
class RoundAudited(RoundEvent):
    """An audit found a round right.

    Attributes:
        state: finalized, voided or open.
        updates: that it holds, those in batches as announced.
        alone: updates of these that their clients submitted themselves.
        batches: number of batches that hold the others.
        depth: "full" where every verdict was derived anew, "light" where not; None for a round
            without verdicts.
        signers: who signed the report.
        model: CID of the model after the round.
        notes: what could not be checked, and why.
    """

    state: str
    updates: int
    alone: int
    batches: int
    accepted: int
    depth: str | None
    signers: list[str]
    model: str
    notes: list[str]

    @property
    def what(self) -> str:
        words = f"{self.state}, {self.accepted} of {self.updates} accepted"
        if self.batches:
            words += f", {self.updates - self.alone} of them in {counted(self.batches, 'batch')}"
        depth = [self.depth] if self.depth else []
        return "; ".join([words, *depth, *self.notes])


@dataclass(frozen=True, kw_only=True)
class DifferenceFound(RoundEvent):
    """An audit found the first thing that differs from what it should be.

    Attributes:
        difference: a sentence naming both sides.
    """

    severity = Severity.ERROR
    difference: str

    @property
    def what(self) -> str:
        return self.difference
