"""Verdicts: what the jury says of one update, and how a round's verdicts are packed for the chain.

Source: docs/protocol/report.md.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

PACKED_BYTES = 5
_PACKING = struct.Struct(">BI")


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

    @property
    def label(self) -> str:
        """The name that people read: ``not-improved``."""
        return self.name.lower().replace("_", "-")

    @property
    def evaluated(self) -> bool:
        """True for the codes of updates that went to the rule, which have a count."""
        return self in (VerdictCode.ACCEPTED, VerdictCode.NOT_IMPROVED)

    @property
    def well_formed(self) -> bool:
        """True for the codes of updates that passed every formal check."""
        return self.evaluated or self is VerdictCode.MODEL_RAISES


@dataclass(frozen=True)
class Verdict:
    """A verdict on one update.

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


def pack(verdicts: Iterable[Verdict]) -> bytes:
    """5 bytes a verdict: code, then `correct` as big-endian uint32."""
    return b"".join(_PACKING.pack(verdict.code, verdict.correct) for verdict in verdicts)


def unpack(packed: bytes) -> Sequence[Verdict]:
    """The inverse of `pack`.

    Raises:
        ValueError: the length is no multiple of 5, or a code is unknown.
    """
    if len(packed) % PACKED_BYTES:
        raise ValueError(f"{len(packed)} bytes of verdicts are no multiple of {PACKED_BYTES}")
    return [Verdict(VerdictCode(code), correct) for code, correct in _PACKING.iter_unpack(packed)]
