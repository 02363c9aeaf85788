"""What the reasons in a round record mean, for people: a sentence for each."""

from collections.abc import Callable, Sequence

from fedjury.protocol.reasons import Reason
from fedjury.protocol.update_tag import RESERVED_KEYS

Names = Sequence[str] | None

_KEYS = sorted(RESERVED_KEYS)


def reason_words(reason: int, arguments: Sequence[int], names: Names = None) -> str:
    """A record's reason in words.

    Args:
        reason: as the record says it, which may be anything.
        arguments: of the reason, likewise.
        names: of the model's federated tensors, in any order; None where the spec is not known.

    Returns:
        A sentence without a full stop; "" for the reason of a verdict whose code says all; the
        bare numbers where they make no sense.
    """
    try:
        known = Reason(reason)
    except ValueError:
        return _bare(reason, arguments)
    if known in _ALONE and not arguments:
        return _ALONE[known]
    if known in _WITH_ARGUMENT and len(arguments) == 1 and arguments[0] >= 0:
        sentence, told = _WITH_ARGUMENT[known]
        return sentence.format(told(arguments[0], names))
    return _bare(reason, arguments)


def _tensor(place: int, names: Names) -> str:
    if names is None or place >= len(names):
        return f"tensor {place} of the model (in order of name)"
    return f"tensor {sorted(names)[place]!r}"


def _own_tensor(place: int, _: Names) -> str:
    return f"tensor {place} of the file (in order of name)"


def _key(place: int, _: Names) -> str:
    return repr(_KEYS[place]) if place < len(_KEYS) else f"key {place}"


def _update(place: int, _: Names) -> str:
    return f"update {place} of the round"


def _bare(reason: int, arguments: Sequence[int]) -> str:
    told = ", ".join(map(str, arguments))
    return f"reason {reason}" + (f" with {told}" if told else "")


_ALONE = {
    Reason.NONE: "",
    Reason.NO_SAFETENSORS: "the file is no safetensors file",
    Reason.METADATA_FORMAT: "its metadata name another format",
    Reason.RAISES_WITH_UPDATE: "the model raises with it",
    Reason.RAISES_WITH_AGGREGATE: "the model raises with the mean of the accepted updates",
}
_WITH_ARGUMENT: dict[Reason, tuple[str, Callable[[int, Names], str]]] = {
    Reason.TENSOR_MISSING: ("{} is missing", _tensor),
    Reason.TENSOR_UNKNOWN: ("{} is not the model's", _own_tensor),
    Reason.TENSOR_TYPE: ("{} is not float32", _tensor),
    Reason.TENSOR_SHAPE: ("{} has another shape than the model's", _tensor),
    Reason.METADATA_MISSING: ("its metadata lack {}", _key),
    Reason.METADATA_OTHERS: ("{} in its metadata is not this update's", _key),
    Reason.WEIGHT_NOT_FINITE: ("{} holds NaN or infinity", _tensor),
    Reason.WEIGHT_TOO_LARGE: ("{} holds a weight beyond the task's limit", _tensor),
    Reason.SAME_TENSORS: ("{} has the same tensors", _update),
    Reason.OTHER_COUNTS: ("{} is the one of this client that counts", _update),
}
