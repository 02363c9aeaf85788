"""What one check found."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    """The role can start, but somebody should know."""
    PROBLEM = "problem"
    """The role cannot do its work."""
    SKIPPED = "skipped"
    """The check could not be made, so that nothing is known."""


class CannotCheck(Exception):
    """A check cannot be made, since something that it needs is not there; says what."""


@dataclass(frozen=True)
class Finding:
    """What one check found of one subject.

    Attributes:
        subject: what was looked at, in a few words.
        outcome: how it ended.
        found: what is so, in a sentence without a full stop.
        remedy: what to do about it; empty where nothing has to be done.
    """

    subject: str
    outcome: Outcome
    found: str
    remedy: str = ""

    def to_json(self) -> dict[str, str]:
        """As plain JSON values."""
        return {
            "subject": self.subject,
            "outcome": self.outcome.value,
            "found": self.found,
            "remedy": self.remedy,
        }


def ok(subject: str, found: str) -> Finding:
    """All is well."""
    return Finding(subject, Outcome.OK, found)


def warning(subject: str, found: str, remedy: str) -> Finding:
    """The role can start, but somebody should know."""
    return Finding(subject, Outcome.WARNING, found, remedy)


def problem(subject: str, found: str, remedy: str) -> Finding:
    """The role cannot do its work."""
    return Finding(subject, Outcome.PROBLEM, found, remedy)


def skipped(subject: str, reason: str) -> Finding:
    """The check could not be made."""
    return Finding(subject, Outcome.SKIPPED, reason)
