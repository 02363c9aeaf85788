"""What an audit says."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from fedjury.checks.counts import counted
from fedjury.errors import ExitCode, FedjuryError

Depth = Literal["full", "light"]
"""How deep a round was audited: with every verdict derived from its verification slice, or not."""


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
        updates: that it holds, those in batches as announced.
        alone: updates of these that their clients submitted themselves.
        batches: number of batches that hold the others.
        depth: "full" where every verdict was derived anew, "light" where not; None for a round
            without verdicts.
        signers: who signed the report.
        model: CID of the model after the round.
        notes: what could not be checked, and why; and what nobody can be held to.
    """

    round: int
    state: str
    updates: int
    alone: int
    batches: int
    accepted: int
    depth: Depth | None = None
    signers: list[str] = field(default_factory=list)
    model: str = ""
    notes: list[str] = field(default_factory=list)


@dataclass
class AuditResult:
    """A whole audit.

    Attributes:
        task: the task's name.
        rounds: those that were found right, in order.
        difference: the first thing that differs; None when everything is right.
    """

    task: str
    rounds: list[RoundAudit]
    difference: Difference | None = None

    @property
    def passed(self) -> bool:
        """True when nothing differs."""
        return self.difference is None

    @property
    def derived(self) -> int:
        """Number of rounds of which every verdict was derived anew."""
        return _number_of(self.rounds, "full")

    @property
    def light(self) -> int:
        """Number of rounds with verdicts that were not all derived."""
        return _number_of(self.rounds, "light")

    @property
    def full(self) -> bool:
        """True when every verdict of every finalized round was derived anew."""
        return self.derived > 0 and self.light == 0

    @property
    def sentence(self) -> str:
        """The audit's word."""
        if self.difference is not None:
            return f"the audit FAILED: {self.difference}"
        notes = sum(len(audit.notes) for audit in self.rounds)
        judged = f"{counted(len(self.rounds), 'round')}, {self._updates()}"
        words = [f"the audit passed: {judged}", self._depths()]
        if notes:
            words.append(f"{counted(notes, 'note')}, see above")
        return "; ".join(filter(None, words))

    def _updates(self) -> str:
        """How many updates, and how many of them came in batches, in words."""
        updates = sum(audit.updates for audit in self.rounds)
        words, batches = counted(updates, "update"), sum(audit.batches for audit in self.rounds)
        if not batches:
            return words
        batched = updates - sum(audit.alone for audit in self.rounds)
        return f"{words}, {batched} of them in {counted(batches, 'batch')}"

    def _depths(self) -> str:
        """How deep the rounds were audited, in words; "" where none has verdicts."""
        if not self.derived:
            return "no verdict derived from samples" if self.light else ""
        if not self.light:
            return "every verdict derived from samples"
        rounds = counted(self.derived + self.light, "round")
        return f"every verdict derived from samples in {self.derived} of {rounds} with verdicts"

    def to_json(self) -> dict[str, object]:
        """For machines."""
        difference = self.difference
        return {
            "task": self.task,
            "full": self.full,
            "derived_rounds": self.derived,
            "light_rounds": self.light,
            "passed": self.passed,
            "rounds": [vars(audit) for audit in self.rounds],
            "difference": difference and {"round": difference.round, "what": difference.what},
        }


def _number_of(rounds: Sequence[RoundAudit], depth: Depth) -> int:
    return sum(audit.depth == depth for audit in rounds)
