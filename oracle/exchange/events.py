"""What a juror tells of the exchange with the others of its jury."""

from dataclasses import dataclass

from fedjury.checks.counts import counted
from fedjury.oracle.exchange.naming import NamesJurors
from fedjury.runtime.events import Event, RoundEvent, Severity


@dataclass(frozen=True, kw_only=True)
class HaveFrozen(RoundEvent):
    """The juror has said which of the round's files it holds.

    Attributes:
        held, entries: of how many verdicts it holds what they take, and how many there are.
        seconds: that getting the files took.
    """

    held: int
    entries: int
    seconds: float

    @property
    def what(self) -> str:
        return f"holds the files of {self.held} of {counted(self.entries, 'update')}"


@dataclass(frozen=True, kw_only=True)
class Proposed(RoundEvent):
    """The juror leads an attempt, and has proposed by whose HAVEs to go.

    Attributes:
        attempt: number.
        haves: how many.
        available: how many of the round's updates are available by them.
    """

    attempt: int
    haves: int
    available: int

    @property
    def what(self) -> str:
        return (
            f"attempt {self.attempt} goes by {counted(self.haves, 'HAVE')}: "
            f"{counted(self.available, 'update')} available"
        )


@dataclass(frozen=True, kw_only=True)
class ProposalRefused(NamesJurors, RoundEvent):
    """The juror does not vote in an attempt.

    Attributes:
        attempt: number.
        juror: who leads it.
        reason: why.
    """

    severity = Severity.WARNING
    attempt: int
    juror: str
    reason: str

    @property
    def what(self) -> str:
        return f"no vote in attempt {self.attempt} of {self.juror}: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class Voted(RoundEvent):
    """The juror has judged and signed what follows from a proposal.

    Attributes:
        attempt: number.
        report: the digest that is signed.
    """

    attempt: int
    report: str

    @property
    def what(self) -> str:
        return f"signed report {self.report[:10]} of attempt {self.attempt}"


@dataclass(frozen=True, kw_only=True)
class CertificateKnown(NamesJurors, RoundEvent):
    """A quorum has signed one report.

    Attributes:
        attempt: number.
        signers: addresses.
    """

    attempt: int
    signers: list[str]

    @property
    def what(self) -> str:
        jurors = counted(len(self.signers), "juror")
        return f"{jurors} signed the report of attempt {self.attempt}"


@dataclass(frozen=True, kw_only=True)
class PeerUnreachable(NamesJurors, Event):
    """Another juror does not answer.

    Attributes:
        juror: address.
        reason: in a sentence.
    """

    severity = Severity.WARNING
    juror: str
    reason: str

    @property
    def sentence(self) -> str:
        return f"juror {self.juror} does not answer: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class PeerReached(NamesJurors, Event):
    """Another juror answers, for the first time or again.

    Attributes:
        juror: address.
    """

    juror: str

    @property
    def sentence(self) -> str:
        return f"juror {self.juror} answers"


@dataclass(frozen=True, kw_only=True)
class PeerMisbehaved(NamesJurors, Event):
    """Another juror serves what no right program would.

    Attributes:
        juror: address.
        reason: what is wrong with it.
    """

    severity = Severity.WARNING
    juror: str
    reason: str

    @property
    def sentence(self) -> str:
        return f"juror {self.juror} serves what is not right: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class JurorsDiffer(NamesJurors, RoundEvent):
    """Two jurors judged the same files and found something else; for jurors' eyes.

    Attributes:
        attempt: number.
        juror: the other one.
        update: index of the first update on which they differ; None where they agree on all.
        code, other_code: this juror's verdict and the other one's.
        count, other_count: samples that they found right.
        software, other_software: which versions judged.
        reason: what else differs, where the verdicts do not.
    """

    severity = Severity.ERROR
    attempt: int
    juror: str
    update: int | None = None
    code: str | None = None
    other_code: str | None = None
    count: int | None = None
    other_count: int | None = None
    software: str
    other_software: str
    reason: str

    @property
    def what(self) -> str:
        return (
            f"{self.juror} ({self.other_software}) and this juror ({self.software}) differ in "
            f"attempt {self.attempt}: {self.reason}"
        )


@dataclass(frozen=True, kw_only=True)
class MachineDiffers(NamesJurors, RoundEvent):
    """More jurors than may lie sign this juror's report, but see other samples right: whether this
    machine evaluates as the others do is to be looked into. No signature is left out for it.

    Attributes:
        attempt: number.
        jurors: who sees otherwise.
    """

    severity = Severity.ERROR
    attempt: int
    jurors: list[str]

    @property
    def what(self) -> str:
        return (
            f"{counted(len(self.jurors), 'juror')} of attempt {self.attempt} sign the same report "
            "and see other samples right than this machine"
        )


@dataclass(frozen=True, kw_only=True)
class WrongMac(NamesJurors, RoundEvent):
    """A juror's vote is not by somebody who judged: its signature is not counted here.

    Attributes:
        attempt: number.
        juror: address.
    """

    severity = Severity.ERROR
    attempt: int
    juror: str

    @property
    def what(self) -> str:
        return f"the MAC of {self.juror} in attempt {self.attempt} is wrong: it has not judged"


@dataclass(frozen=True, kw_only=True)
class Equivocation(NamesJurors, RoundEvent):
    """A juror has signed two statements that contradict each other; both are kept as evidence.

    Attributes:
        juror: address.
        kind: of statement.
        attempt: number.
    """

    severity = Severity.ERROR
    juror: str
    kind: str
    attempt: int

    @property
    def what(self) -> str:
        return (
            f"{self.juror} has signed two different statements ({self.kind}, attempt "
            f"{self.attempt}): `fedjury jury evidence` has both"
        )


@dataclass(frozen=True, kw_only=True)
class SliceReceived(NamesJurors, Event):
    """Another juror has given this one the samples that a round needs.

    Attributes:
        slice: its number.
        juror: who gave it.
    """

    slice: int
    juror: str

    @property
    def sentence(self) -> str:
        return f"slice {self.slice} came from juror {self.juror}"
