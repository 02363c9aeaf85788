"""Why an update gets its verdict without being evaluated."""

from dataclasses import dataclass

from fedjury.protocol.reasons import NO_GROUNDS, Grounds
from fedjury.protocol.verdicts import VerdictCode


@dataclass(frozen=True)
class UpdateFailure:
    """What a formal check found: the file is not to be had, too large, malformed or a duplicate, or
    the batch that holds the update, its signature or its client is not as it has to be.

    Attributes:
        code: the verdict that the update gets.
        reason: a sentence for people.
        grounds: the same in numbers, for the round record.
    """

    code: VerdictCode
    reason: str
    grounds: Grounds = NO_GROUNDS
