"""Update files: what a client publishes for a round, and the checks before anyone evaluates it.

safetensors, never pickle: updates come from adversaries. Source: docs/protocol/files.md.
"""

import math
from collections.abc import Mapping

import torch

from fedjury.errors import ContentError
from fedjury.protocol.reasons import Grounds, Reason
from fedjury.protocol.tensor_header import shown
from fedjury.protocol.tensors import (
    NotTheModels,
    Shapes,
    Tensors,
    check_shapes,
    decode,
    encode,
)
from fedjury.protocol.update_tag import FORMAT, RESERVED_KEYS, UpdateTag
from fedjury.protocol.verdicts import VerdictCode


class UpdateRejected(ContentError):
    """An update file fails a check; carries the verdict that it earns, and its grounds."""

    def __init__(self, code: VerdictCode, sentence: str, grounds: Grounds) -> None:
        super().__init__(sentence)
        self.code, self.grounds = code, grounds


def encode_update(
    tensors: Tensors, tag: UpdateTag, extra: Mapping[str, str] | None = None
) -> bytes:
    """The update file of these weights.

    Args:
        tensors: the federated tensors, float32.
        tag: whose update it is.
        extra: metadata beside the tag's, for people or other programs.

    Raises:
        ValueError: `extra` has a key of the tag's.
    """
    more = dict(extra or {})
    if taken := sorted(RESERVED_KEYS & more.keys()):
        raise ValueError(f"metadata {taken[0]!r} says whose update it is, and is not free")
    return encode(tensors, {**more, **tag.metadata()})


def read_update(data: bytes, tag: UpdateTag, shapes: Shapes, max_magnitude: float) -> Tensors:
    """The tensors of an update file that passes every formal check.

    Args:
        data: the file, already held against its digest and the size limit.
        tag: whose update it has to be.
        shapes: the model's tensor names and shapes.
        max_magnitude: largest absolute weight allowed.

    Raises:
        UpdateRejected: malformed, not the sender's, or not finite; the first in this order.
    """
    try:
        tensors, metadata = decode(data)
        check_shapes(tensors, shapes)
    except NotTheModels as error:
        raise UpdateRejected(VerdictCode.MALFORMED, str(error), error.grounds) from error
    except ValueError as error:
        grounds = Grounds(Reason.NO_SAFETENSORS)
        raise UpdateRejected(VerdictCode.MALFORMED, str(error), grounds) from error
    _check_metadata(metadata, tag)
    check_values(tensors, max_magnitude)
    return tensors


def check_values(tensors: Tensors, max_magnitude: float) -> None:
    """Hold weights against the limit on their values.

    Args:
        tensors: float32.
        max_magnitude: largest absolute weight allowed.

    Raises:
        UpdateRejected: one is not finite, or beyond the limit.
    """
    for place, name in enumerate(sorted(tensors)):
        _check_values(place, name, tensors[name], max_magnitude)


def _check_metadata(metadata: dict[str, str], tag: UpdateTag) -> None:
    """Hold the four keys that count against the tag; all others are anybody's own."""
    wanted = tag.metadata()
    keys = sorted(wanted)
    for place, key in enumerate(keys):
        if key not in metadata:
            grounds = Grounds(Reason.METADATA_MISSING, (place,))
            raise UpdateRejected(VerdictCode.MALFORMED, f"metadata lacks {key!r}", grounds)
    if metadata["format"] != FORMAT:
        grounds = Grounds(Reason.METADATA_FORMAT)
        sentence = f"format is {shown(metadata['format'])}"
        raise UpdateRejected(VerdictCode.MALFORMED, sentence, grounds)
    for place, key in enumerate(keys):
        if metadata[key].lower() != wanted[key]:
            raise UpdateRejected(
                VerdictCode.NOT_THE_SENDERS,
                f"{key} is {shown(metadata[key])}, not {wanted[key]!r}",
                Grounds(Reason.METADATA_OTHERS, (place,)),
            )


def _check_values(place: int, name: str, tensor: torch.Tensor, max_magnitude: float) -> None:
    if not tensor.numel():
        return
    least, largest = (float(each) for each in tensor.aminmax())  # which makes no second tensor
    if not (math.isfinite(least) and math.isfinite(largest)):
        raise UpdateRejected(
            VerdictCode.NOT_FINITE,
            f"tensor {name!r} holds NaN or infinity",
            Grounds(Reason.WEIGHT_NOT_FINITE, (place,)),
        )
    if max(-least, largest) > max_magnitude:
        raise UpdateRejected(
            VerdictCode.NOT_FINITE,
            f"tensor {name!r} holds a weight beyond ±{max_magnitude:g}",
            Grounds(Reason.WEIGHT_TOO_LARGE, (place,)),
        )
