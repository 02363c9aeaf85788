"""What a client tells while it takes part in a task."""

from dataclasses import dataclass

from fedjury.protocol.verdicts import VerdictCode
from fedjury.runtime.events import Event, RefusedByContract, RoundEvent, Severity


@dataclass(frozen=True, kw_only=True)
class PublishesLate(Event):
    """The client's confirmations take longer than a round's files have to appear.

    Attributes:
        reason: what does not fit, with the figures and the remedy.
    """

    severity = Severity.WARNING
    reason: str

    @property
    def sentence(self) -> str:
        return f"updates would be published too late: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class Trained(RoundEvent):
    """Local training is done.

    Attributes:
        seconds: that it took.
        metadata: what the trainer says beside the weights; it stands in the update's file.
    """

    seconds: float
    metadata: dict[str, str] | None = None

    @property
    def what(self) -> str:
        said = [f"{key} {value}" for key, value in sorted((self.metadata or {}).items())]
        return "; ".join([f"trained in {self.seconds:.1f} s", *said])


@dataclass(frozen=True, kw_only=True)
class TrainingFailed(RoundEvent):
    """Local training gave nothing to submit; the client waits for the next round.

    Attributes:
        reason: why, in a sentence.
    """

    severity = Severity.WARNING
    reason: str

    @property
    def what(self) -> str:
        return f"{self.reason}; nothing is submitted, waiting for the next round"


@dataclass(frozen=True, kw_only=True)
class LocalStateLost(RoundEvent):
    """What a client kept to itself after training for a round cannot be used.

    Attributes:
        reason: what is wrong with the file.
    """

    severity = Severity.WARNING
    reason: str

    @property
    def what(self) -> str:
        return (
            f"the local state kept then cannot be used ({self.reason}); going on from the one "
            "before it, or else from the first model's"
        )


@dataclass(frozen=True, kw_only=True)
class UpdateSubmitted(RoundEvent):
    """The update's digest is on chain.

    Attributes:
        cid: of the update's file.
        gas: that the transaction used.
        transaction: its hash, ``0x…``.
    """

    cid: str
    gas: int
    transaction: str

    @property
    def what(self) -> str:
        return f"submitted {self.cid}, {self.gas} gas"


@dataclass(frozen=True, kw_only=True)
class RosterWrong(RoundEvent):
    """The file of the round's roster is not what the chain says, so nobody new can join.

    Attributes:
        reason: what is wrong with it.
    """

    severity = Severity.WARNING
    reason: str

    @property
    def what(self) -> str:
        return (
            f"{self.reason}; nothing can be submitted without a proof from it: tell the coordinator"
        )


@dataclass(frozen=True, kw_only=True)
class NotSubmitted(RefusedByContract):
    """The contract refused the update, as the round or the task was other than expected."""

    @property
    def what(self) -> str:
        return f"not submitted ({self.reason})"


@dataclass(frozen=True, kw_only=True)
class UpdatePublished(RoundEvent):
    """The update's file is in the store."""

    cid: str
    bytes: int

    @property
    def what(self) -> str:
        return f"published {self.bytes:,} bytes as {self.cid}"


@dataclass(frozen=True, kw_only=True)
class FileLost(RoundEvent):
    """A submitted update's file is not on this machine any more, and its round is not over."""

    severity = Severity.WARNING

    @property
    def what(self) -> str:
        return (
            "submitted before, but its file is not here; if it was not published then, the jury "
            "will find it unavailable"
        )


@dataclass(frozen=True, kw_only=True)
class RoundVoided(RoundEvent):
    """A round ended without a report."""

    @property
    def what(self) -> str:
        return "voided"


@dataclass(frozen=True, kw_only=True)
class VerdictReceived(RoundEvent):
    """The jury's verdict on this client's update is on chain.

    Attributes:
        code: the verdict's name.
        reason: why, as the round's record says it, or what decided where the counts did not;
            None where the code or the counts say all, and where the record cannot be had.
        correct: verification samples right with the update mixed in; None but where records tell
            counts.
        baseline: what that had to beat; likewise.
    """

    code: str
    reason: str | None = None
    correct: int | None = None
    baseline: int | None = None

    @property
    def what(self) -> str:
        said, reason = self.code, self.reason
        if self.code == VerdictCode.DUPLICATE.label:
            reason = reason or "an earlier update of the round has the same tensors"
            reason += (
                "; that is no accusation, as clients with equal data and seed train equal weights"
            )
        if reason is not None:
            said += f": {reason}"
        if self.correct is not None and self.baseline is not None:
            said += f" ({self.correct} right with it, {self.baseline} to beat)"
        return said


@dataclass(frozen=True, kw_only=True)
class VerdictUnreadable(RoundEvent):
    """The posted verdicts are not well-formed."""

    severity = Severity.WARNING
    reason: str

    @property
    def what(self) -> str:
        return f"the jury's verdicts make no sense ({self.reason})"
