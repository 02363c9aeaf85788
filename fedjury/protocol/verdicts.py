"""Verdicts: what the jury says of one update, and how a round's verdicts are packed for the chain.

Source: docs/protocol/report.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class VerdictCode(IntEnum):
    """Why an update was accepted or rejected. 0 is never a verdict."""

    ACCEPTED = 1
    NOT_IMPROVED = 2
    UNAVAILABLE = 3
    TOO_LARGE = 4
    MALFORMED = 5
    NOT_FINITE = 6
    NOT_THE_SENDERS = 7
    DUPLICATE = 8
    MODEL_RAISES = 9
    BAD_SIGNATURE = 10
    NOT_IN_ROSTER = 11
    SUPERSEDED = 12

    @property
    def label(self) -> str:
        """The name that people read: ``not-improved``."""
        return self.name.lower().replace("_", "-")

    @property
    def evaluated(self) -> bool:
        """True for the codes of updates that went to the rule, which have a count."""
        return self in (VerdictCode.ACCEPTED, VerdictCode.NOT_IMPROVED)

    @property
    def accepted(self) -> bool:
        """True for the code of updates that are part of the new model."""
        return self is VerdictCode.ACCEPTED

    @property
    def well_formed(self) -> bool:
        """True for the codes of updates that passed every formal check."""
        return self.evaluated or self is VerdictCode.MODEL_RAISES


@dataclass(frozen=True)
class Verdict:
    """What the jury finds of one update; only the code is published.

    Attributes:
        code: accepted, or why not.
        correct: verification samples that the mixed model p classified right; 0 where p could
            not be built, or the model raises with it.
    """

    code: VerdictCode
    correct: int = 0

    @property
    def accepted(self) -> bool:
        """True when the update is part of the new model."""
        return self.code is VerdictCode.ACCEPTED


def pack(codes: Iterable[VerdictCode]) -> bytes:
    """A byte a verdict, in the order of the round."""
    return bytes(codes)


def unpack(packed: bytes) -> list[VerdictCode]:
    """The inverse of `pack`.

    Raises:
        ValueError: a code is unknown.
    """
    return [VerdictCode(code) for code in packed]
