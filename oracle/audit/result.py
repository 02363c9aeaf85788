"""What an audit says."""

from dataclasses import dataclass, field

from fedjury.checks.counts import counted
from fedjury.errors import ExitCode, FedjuryError


class Difference(FedjuryError):
    """The first thing that differs from what it should be.

    Attributes:
        round: where.
        what: a sentence naming both sides.
    """

    exit_code = ExitCode.AUDIT_MISMATCH

    def __init__(self, round_number: int, what: str) -> None:
        super().__init__(f"round {round_number}: {what}")
        self.round = round_number
        self.what = what


@dataclass
class RoundAudit:
    """One round that was found right.

    Attributes:
        state: finalized, voided or open.
        signers: who signed the report.
        notes: what could not be checked, and why.
    """

    round: int
    state: str
    updates: int
    accepted: int
    signers: list[str] = field(default_factory=list)
    model: str = ""
    notes: list[str] = field(default_factory=list)


@dataclass
class AuditResult:
    """A whole audit.

    Attributes:
        full: whether verdicts were derived anew from the verification set.
        difference: the first thing that differs; None when everything is right.
    """

    task: str
    full: bool
    rounds: list[RoundAudit]
    difference: Difference | None = None

    @property
    def passed(self) -> bool:
        """True when nothing differs."""
        return self.difference is None

    @property
    def sentence(self) -> str:
        """The audit's word."""
        kind = "full" if self.full else "light"
        if self.difference is not None:
            return f"the {kind} audit FAILED: {self.difference}"
        notes = sum(len(audit.notes) for audit in self.rounds)
        updates = sum(audit.updates for audit in self.rounds)
        judged = f"{counted(len(self.rounds), 'round')}, {counted(updates, 'update')}"
        words = f"the {kind} audit passed: {judged}"
        return words + (f"; {notes} not checked, see above" if notes else "")

    def to_json(self) -> dict[str, object]:
        """For machines."""
        difference = self.difference
        return {
            "task": self.task,
            "full": self.full,
            "passed": self.passed,
            "rounds": [vars(audit) for audit in self.rounds],
            "difference": difference and {"round": difference.round, "what": difference.what},
        }
