"""Why an update got its verdict, in numbers: what a round record says beside the code.

Source: docs/protocol/record.md.
"""

from dataclasses import dataclass
from enum import IntEnum


class Reason(IntEnum):
    """What a verdict rests on. The comment of each names its arguments; a tensor is named by its
    place among the model's federated tensors in order of name."""

    NONE = 0  # the code says all
    NO_SAFETENSORS = 1
    TENSOR_MISSING = 2  # tensor
    TENSOR_UNKNOWN = 3  # place among the file's own tensors in order of name
    TENSOR_TYPE = 4  # tensor
    TENSOR_SHAPE = 5  # tensor
    METADATA_MISSING = 6  # place of the key among client, format, round, task
    METADATA_FORMAT = 7
    METADATA_OTHERS = 8  # place of the key among client, format, round, task
    WEIGHT_NOT_FINITE = 9  # tensor
    WEIGHT_TOO_LARGE = 10  # tensor
    SAME_TENSORS = 11  # index of the earlier update in the round
    RAISES_WITH_UPDATE = 12
    RAISES_WITH_AGGREGATE = 13
    OTHER_COUNTS = 14  # index of the update of the same client that counts


@dataclass(frozen=True)
class Grounds:
    """A reason with its arguments."""

    reason: Reason = Reason.NONE
    arguments: tuple[int, ...] = ()


NO_GROUNDS = Grounds()
"""Of a verdict whose code says all."""
